"""From the text of a file to the rows of its cards; knows neither Arrow nor the store."""

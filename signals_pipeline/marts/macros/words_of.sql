-- The words of a text as names are looked for in it, in order: SELECT words_of('An AI-driven C# tool'). Case, width,
-- kinds of dashes, quotes and blanks make no difference, a hyphen between two words is a blank, and the 's of a
-- word is a word. What belongs to a name stays (c#, c++, .net, r&d, covid-19); a sign that ends a phrase is a
-- word too, so that no name reaches over it.

CREATE OR REPLACE MACRO words_of(text) AS regexp_extract_all(
    regexp_replace(folded(text), '''s\b', ' ''s', 'g'),
    '\.?[\p{L}\p{M}\p{N}]+(?:[''.&+-][\p{L}\p{M}\p{N}]+)*(?:\+\+|#)?|''s|[.,;:!?()|\[\]]'
)

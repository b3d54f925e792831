/* Elements made from texts of cards: a text is only ever the content of an element, never markup. */
const Elements = (() => {
  /* As safe.py shows a text: control characters and those that turn the direction of writing as escapes. */
  const HIDDEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g;
  const escaped = (character) => {
    const code = character.charCodeAt(0);
    const digits = code.toString(16);
    return code < 0x100 ? `\\x${digits.padStart(2, "0")}` : `\\u${digits.padStart(4, "0")}`;
  };
  const visible = (text) => text.replace(HIDDEN, escaped);

  const element = (name, properties = {}, ...children) => {
    const made = document.createElement(name);
    Object.assign(made, properties);
    made.append(...children.map((child) => (typeof child === "string" ? visible(child) : child)));
    return made;
  };

  const drawing = (name, attributes = {}, ...children) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  /* The article of a card: a link only where the report follows it, which its host says. */
  const article = (card) => {
    if (card.host) {
      const link = element("a", { href: card.url, rel: "noopener noreferrer" }, "article");
      return [link, " ", element("span", { className: "host" }, card.host)];
    }
    if (!card.url) return ["article without a link"];
    const shown = element("span", { className: "place", dir: "auto" }, card.url.slice(0, 100));
    return ["article, not to be followed: ", shown];
  };

  const counted = (n, one, many = `${one}s`) => `${n.toLocaleString("en")}\u00a0${n === 1 ? one : many}`;

  return { visible, element, drawing, article, counted };
})();

// Small things that several modules do to a page. `make` makes an element.
export const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
// Says a sentence in a box, or nothing any more.
export const say = (box, textContent) => box.replaceChildren(...(textContent ? [make("p", { className: "told told--warn", textContent })] : []));
// Puts texts where they belong, by their names: { when } into [data-when].
export const fill = (one, texts) =>
  Object.entries(texts).forEach(([name, text]) => (one.querySelector(`[data-${name}]`).textContent = text));
// Gives a copy of what stands in a box's template, filled.
export function copyOf(box, texts) {
  const one = box.querySelector("template").content.cloneNode(true).firstElementChild;
  fill(one, texts);
  return one;
}
// "14:32", with the day if that was not today.
export function clockTime(at) {
  const then = new Date(at);
  const day = then.toDateString() === new Date().toDateString() ? {} : { day: "numeric", month: "long" };
  return then.toLocaleString("en-GB", { ...day, hour: "2-digit", minute: "2-digit" });
}

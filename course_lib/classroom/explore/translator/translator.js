// A number in, its Hindi out, word by word: the trained model runs here, in the browser.

const LONGEST = 15; // tokens: no number has more than nine Hindi words, but a badly trained model may not stop
const LIKELIEST = 5;

// A text of both languages with its {gaps} filled in.
const filled = (said, values) =>
  Object.fromEntries(Object.entries(said).map(([code, s]) => [code, s.replace(/{(\w+)}/g, (_, key) => values[key])]));
const percent = (share) => (share < 0.001 ? "< 0.1 %" : `${(100 * share).toFixed(1)} %`);

function render({ model, el }) {
  const texts = ownTexts(model, "translate_");
  const page = speaker(model.get("language"));
  const layers = unpack(model.get("networks"), model.get("weights")).map(([layer]) => layer);
  const { english, hindi } = model.get("spelling");
  const [readable, writable] = [model.get("english"), model.get("hindi")];
  const most = model.get("most");
  const examples = model.get("examples");

  const box = named(make("div", el, { className: "course-explorer" }), "group", page.spoken(texts.explorer));
  const controls = make("div", box, { className: "course-controls course-full" });
  const row = make("div", controls, { className: "course-row course-ask" });
  const field = make("label", row, { className: "course-field" });
  page.say(make("span", field), texts.number);
  const input = keepKeys(make("input", field, { type: "text", autocomplete: "off", spellcheck: false }));
  input.autocapitalize = "none";
  input.addEventListener("keydown", (event) => event.key === "Enter" && translate(input.value));
  const names = examples.map((number) => written(grouped(number)));
  button(row, (element) => page.say(element, texts.go), () => translate(input.value));
  const { mark } = choices(controls, page, texts.examples, names, (number) => {
    input.value = grouped(examples[number]);
    translate(input.value);
  });
  const problem = make("div", controls, { className: "course-problem" });
  problem.setAttribute("role", "alert");

  const result = make("div", box, { className: "course-result" });
  const range = { digits: 0, min: 1, max: 1, step: 1, value: 1 };
  const bar = slider(make("div", result, { className: "course-steps" }), page, texts.step, range, show);
  const list = (key, parent, className) => {
    const part = make("div", parent);
    page.say(make("div", part), texts[key]);
    const items = named(make("ol", part, { className }), "list", page.spoken(texts[key]));
    return (contents, fill) => {
      items.replaceChildren();
      contents.forEach((content, place) => fill(make("li", items), content, place));
    };
  };
  const showRead = list("read", result, "course-words");
  const sides = make("div", result, { className: "course-pair" });
  const showWritten = list("written", sides, "course-words");
  const showNext = list("next", sides, "course-next");
  const answer = make("div", result, { className: "course-answer" });
  answer.setAttribute("aria-live", "polite");

  let words, steps;
  function translate(typed) {
    const { number, ...fault } = readNumber(typed, english, most);
    words = number === undefined ? [] : [...cut(spell(number, english)), readable[END]];
    const unseen = words.find((word) => !readable.includes(word));
    if (unseen) Object.assign(fault, { problem: "unseen", word: unseen });
    mark(examples.indexOf(number));
    problem.replaceChildren();
    input.setAttribute("aria-invalid", "problem" in fault);
    result.hidden = "problem" in fault;
    if (result.hidden) page.say(problem, filled(texts[fault.problem], { word: fault.word, most: grouped(most) }));
    else {
      steps = greedy(layers, words.map((word) => readable.indexOf(word)), LONGEST);
      bar.input.max = steps.length;
      bar.set(1);
      show(1);
      conclude(number);
    }
  }
  // What the model saw and thought when it wrote the word of this step, counted from 1.
  function show(step) {
    const { token, probabilities, looks } = steps[step - 1];
    bar.input.setAttribute("aria-valuetext", `${step} / ${steps.length}: ${writable[token]}`);
    showRead(words, (item, word, place) => {
      item.style.setProperty("--look", looks[place].toFixed(3));
      make("span", item, { lang: "en", textContent: word });
      make("span", item, { className: "course-share", textContent: looks[place].toFixed(2) });
    });
    showWritten(steps.slice(0, step), (item, { token }, place) => {
      make("span", item, { lang: "hi", textContent: writable[token] });
      if (place === step - 1) item.setAttribute("aria-current", "step");
    });
    const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
    showNext(order.slice(0, LIKELIEST), (item, place) => {
      make("span", item, { lang: "hi", textContent: writable[place] });
      const chance = make("span", item, { className: "course-chance" });
      chance.setAttribute("aria-hidden", "true"); // the number beside it says the same
      make("span", chance).style.width = `${100 * probabilities[place]}%`;
      make("span", item, { className: "course-share", textContent: percent(probabilities[place]) });
      if (place !== token) return;
      item.setAttribute("aria-current", "true");
      page.say(make("span", item, { className: "course-chosen", textContent: "← " }), texts.chosen);
    });
  }
  function conclude(number) {
    const ended = steps.at(-1).token === END;
    const said = steps.slice(0, ended ? -1 : undefined).map(({ token }) => writable[token]).join(" ");
    const right = spell(number, hindi);
    answer.replaceChildren();
    const digits = grouped(number);
    make("div", answer, { className: "course-number", textContent: `${digits} · ${devanagari(digits)}` });
    const both = make("div", answer, { className: "course-pair" });
    for (const [key, text] of [["model", ended ? said : `${said} …`], ["true", right]]) {
      const line = make("div", both);
      page.say(make("div", line, { className: "course-note" }), texts[key]);
      make("div", line, { lang: "hi", className: "course-sentence", textContent: text });
    }
    const same = ended && said === right;
    page.say(make("div", answer, { className: "course-verdict" }), texts[same ? "same" : "other"]);
  }
  input.value = grouped(model.get("start"));
  translate(input.value);
}

export default { render };

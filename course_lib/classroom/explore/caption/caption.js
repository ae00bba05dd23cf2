// A caption in, digits out: the generator runs here, in the browser, and what it drew is measured here too.

const MOST_WORDS = 24; // far more than any caption of the course has

// A text of both languages with its {gaps} filled in.
const filled = (said, values) =>
  Object.fromEntries(Object.entries(said).map(([code, s]) => [code, s.replace(/{(\w+)}/g, (_, key) => values[key])]));

// Words as course_lib.data.tokens cuts them, without what a student may put between them.
const cut = (text) => text.normalize("NFC").toLowerCase().split(/[\s,;:.!?।"'“”‘’()\u2010-\u2015-]+/).filter(Boolean);

// The caption's vector: the last state of the reader, as course_lib.models.conditional.CaptionEncoder.
function readCaption([embed, fromInput, fromState, norm], tokens) {
  let state = new Float32Array(fromState.inputs);
  for (const token of tokens) state = gru(fromInput, fromState, vector(embed, token), state);
  return forward([norm], state);
}

// course_lib.models.conditional.ConditionalNormGenerator in eval mode: what BatchNorm knows of all data lies already in
// the layers that make scale and shift.
function generate([start, style7, up7, style14, up14], noise, caption) {
  const styled = (maps, style) => {
    const channels = style.outputs / 2;
    const each = maps.length / channels;
    const numbers = forward([style], caption);
    return maps.map((value, place) => {
      const channel = Math.floor(place / each);
      return Math.max(value * numbers[channel] + numbers[channels + channel], 0);
    });
  };
  const small = styled(forward([start], joined(noise, caption)), style7);
  const large = styled(forward([up7], small, [up7.inputs, 7, 7]), style14);
  return forward([up14], large, [up14.inputs, 14, 14]).map((value) => (value + 1) / 2);
}

// course_lib.measures.strokes: 2 · ink / length of its edge, where four pixels meet.
function strokeWidth(image, side) {
  const at = (row, column) =>
    row < 0 || column < 0 || row >= side || column >= side ? 0 : image[row * side + column];
  let [ink, edge] = [0, 0];
  for (const value of image) ink += value;
  for (let row = 0; row <= side; row++) {
    for (let column = 0; column <= side; column++) {
      const [a, b] = [at(row - 1, column - 1), at(row - 1, column)];
      const [c, d] = [at(row, column - 1), at(row, column)];
      edge += Math.hypot((b + d - a - c) / 2, (c + d - a - b) / 2);
    }
  }
  return (2 * ink) / edge;
}

// Degrees to the right of upright.
function slant(image, side) {
  const middle = [0, 0, 0]; // ink, its row, its column
  image.forEach((value, place) => {
    middle[0] += value;
    middle[1] += value * Math.floor(place / side);
    middle[2] += value * (place % side);
  });
  let [both, tall] = [0, 0];
  image.forEach((value, place) => {
    const up = middle[1] / middle[0] - Math.floor(place / side);
    both += value * up * ((place % side) - middle[2] / middle[0]);
    tall += value * up * up;
  });
  return (Math.atan(both / tall) * 180) / Math.PI;
}

const degrees = (angle) => `${angle.toFixed(0)}°`.replace("-", "−");

// N(0, 1) by Box and Muller.
const chance = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

function render({ model, el }) {
  const texts = ownTexts(model, "caption_");
  const page = speaker(model.get("language"));
  const layers = unpack(model.get("networks"), model.get("weights")).map(([layer]) => layer);
  const [reader, generator] = [layers.slice(0, 4), layers.slice(4)];
  const known = new Map(model.get("tokens").map((token, place) => [token, place]).slice(END + 1)); // words alone
  const same = new Map(Object.entries(model.get("same")));
  const examples = model.get("examples");
  const side = model.get("side");
  let noise = model.get("noise");

  const box = named(make("div", el, { className: "course-explorer" }), "group", page.spoken(texts.explorer));
  const controls = make("div", box, { className: "course-controls course-full" });
  const row = make("div", controls, { className: "course-row course-ask" });
  const field = make("label", row, { className: "course-field" });
  page.say(make("span", field), texts.field);
  const input = keepKeys(make("input", field, { type: "text", autocomplete: "off", spellcheck: false }));
  input.autocapitalize = "none";
  input.addEventListener("keydown", (event) => event.key === "Enter" && draw(input.value));
  button(row, (element) => page.say(element, texts.go), () => draw(input.value));
  button(row, (element) => page.say(element, texts.again), () => {
    noise = noise.map((one) => one.map(chance));
    draw(input.value);
  });
  const { mark } = choices(controls, page, texts.examples, examples.map(written), (number) => {
    input.value = examples[number];
    draw(input.value);
  });
  const problem = make("div", controls, { className: "course-problem" });
  problem.setAttribute("role", "alert");

  const result = make("div", box, { className: "course-result" });
  const shelf = make("div", result, { className: "course-drawn" });
  const drawn = noise.map((_, number) => {
    const figure = make("figure", shelf);
    const { canvas, draw } = picture(figure, side, "");
    const told = make("figcaption", figure);
    told.setAttribute("aria-hidden", "true"); // the picture's name says the same
    return (image) => {
      draw(image);
      const measured = `${strokeWidth(image, side).toFixed(1)} px, ${degrees(slant(image, side))}`;
      told.textContent = measured;
      canvas.setAttribute("aria-label", `${page.spoken(texts.picture)} ${number + 1}: ${measured}`);
    };
  });
  const answer = make("div", result, { className: "course-answer" });
  answer.setAttribute("aria-live", "polite");

  function fault(words) {
    if (!words.length) return { problem: "empty" };
    const stranger = words.find((word) => !known.has(word));
    if (stranger) return { problem: "unknown", word: stranger };
    return words.length > MOST_WORDS ? { problem: "long", word: String(MOST_WORDS) } : {};
  }
  function draw(typed) {
    const words = cut(typed).map((word) => same.get(word) ?? word);
    const { problem: found, word } = fault(words);
    mark(examples.indexOf(typed));
    problem.replaceChildren();
    input.setAttribute("aria-invalid", found !== undefined);
    result.hidden = found !== undefined;
    if (result.hidden) return page.say(problem, filled(texts[found], { word }));
    const caption = readCaption(reader, [...words.map((one) => known.get(one)), END]);
    const images = noise.map((one) => generate(generator, Float32Array.from(one), caption));
    images.forEach((image, number) => drawn[number](image));
    const mean = (measure) => images.reduce((sum, image) => sum + measure(image, side), 0) / images.length;
    answer.replaceChildren();
    const means = { read: words.join(" "), width: mean(strokeWidth).toFixed(1), slant: degrees(mean(slant)) };
    page.say(make("div", answer), filled(texts.measured, means));
  }
  input.value = examples[0];
  draw(input.value);
}

export default { render };

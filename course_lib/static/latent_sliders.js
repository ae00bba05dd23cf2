// Sliders along the main directions of a code; the decoder runs here, in the browser, with or without a kernel.

const ACTIVATIONS = {
  none: (v) => v,
  relu: (v) => Math.max(v, 0),
  sigmoid: (v) => 1 / (1 + Math.exp(-v)),
  tanh: Math.tanh,
};

// The bytes that course_lib.explore.pack wrote: scales, biases and int16 weights of each layer.
function unpack(layers, view) {
  const buffer = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
  let at = 0;
  const take = (Type, count) => {
    const part = new Type(buffer, at, count);
    at += Math.ceil((count * Type.BYTES_PER_ELEMENT) / 4) * 4;
    return part;
  };
  return layers.map((layer) => ({
    ...layer,
    scales: take(Float32Array, layer.outputs),
    biases: take(Float32Array, layer.outputs),
    weights: take(Int16Array, layer.outputs * layer.inputs),
  }));
}

function decode(layers, code) {
  let values = code;
  for (const { inputs, outputs, activation, scales, biases, weights } of layers) {
    const next = new Float32Array(outputs);
    for (let row = 0; row < outputs; row++) {
      let sum = 0;
      for (let column = 0; column < inputs; column++) sum += weights[row * inputs + column] * values[column];
      next[row] = ACTIVATIONS[activation](sum * scales[row] + biases[row]);
    }
    values = next;
  }
  return values;
}

function draw(canvas, pixels, side) {
  const picture = canvas.getContext("2d").createImageData(side, side);
  pixels.forEach((value, place) => {
    const grey = Math.round(255 * Math.min(Math.max(value, 0), 1));
    picture.data.set([grey, grey, grey, 255], 4 * place);
  });
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

function make(tag, parent, properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  parent.append(element);
  return element;
}

function render({ model, el }) {
  const texts = model.get("texts");
  const language = model.get("language");
  const starts = model.get("starts");
  const axes = model.get("axes");
  const side = model.get("side");
  const layers = unpack(model.get("layers"), model.get("weights"));
  const spoken = (key) =>
    ["en", "hi"].filter((code) => language === "both" || language === code).map((code) => texts[key][code]).join(" · ");
  // Each language in a span of its own, so that the language switch of the page can hide one.
  const say = (parent, key) => {
    // Where only one was asked for, it gets no class: the switch must not hide it.
    if (language !== "both") make("span", parent, { lang: language, textContent: texts[key][language] });
    else {
      make("span", parent, { className: "lang-hi", lang: "hi", textContent: texts[key].hi });
      make("span", parent, { className: "lang-both", textContent: " · " });
      make("span", parent, { className: "lang-en", lang: "en", textContent: texts[key].en });
    }
  };

  const box = make("div", el, { className: "course-explorer" });
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", spoken("explorer"));
  const canvas = make("canvas", box, { width: side, height: side });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", spoken("decoded"));
  const controls = make("div", box, { className: "course-controls" });

  const heading = make("div", controls, { className: "course-row" });
  say(heading, "start_digit");
  const buttons = make("div", controls, { className: "course-row" });
  buttons.setAttribute("role", "group");
  buttons.setAttribute("aria-label", spoken("start_digit"));
  const sliders = axes.map((_, number) => {
    const row = make("label", controls, { className: "course-slider" });
    say(row, "direction");
    row.append(` ${number + 1}`);
    const slider = make("input", row, { type: "range", min: -3, max: 3, step: 0.1, value: 0 });
    // Without this, JupyterLab takes the arrow keys for itself and moves to another cell.
    slider.dataset.lmSuppressShortcuts = "true";
    const shown = make("span", row, { className: "course-value", textContent: "0.0" });
    shown.setAttribute("aria-hidden", "true"); // the slider tells its value itself
    slider.addEventListener("input", () => {
      shown.textContent = Number(slider.value).toFixed(1);
      update();
    });
    return { slider, shown };
  });

  let start = 0;
  function update() {
    const code = starts[start].map((value, place) =>
      axes.reduce((sum, axis, number) => sum + axis[place] * sliders[number].slider.value, value),
    );
    draw(canvas, decode(layers, code), side);
  }
  function reset() {
    for (const { slider, shown } of sliders) {
      slider.value = 0;
      shown.textContent = "0.0";
    }
    update();
  }
  const choices = starts.map((_, number) => {
    const button = make("button", buttons, { type: "button", textContent: model.get("names")[number] });
    button.addEventListener("click", () => choose(number));
    return button;
  });
  function choose(number) {
    start = number;
    choices.forEach((button, place) => button.setAttribute("aria-pressed", place === number));
    reset();
  }
  const back = make("button", controls, { type: "button", className: "course-reset" });
  say(back, "reset");
  back.addEventListener("click", reset);
  choose(0);
}

export default { render };

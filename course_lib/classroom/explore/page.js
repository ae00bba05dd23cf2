// What every explorer builds its page of: elements, texts in both languages, pictures, sliders, rows of buttons.

function make(tag, parent, properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  parent.append(element);
  return element;
}

// `said` is {hi, en} everywhere below. say writes it into the page, spoken is for names that only screen readers see.
function speaker(language) {
  const spoken = (said) =>
    language !== "both" ? said[language] : said.hi === said.en ? said.en : `${said.en} · ${said.hi}`;
  const say = (parent, said) => {
    // Where only one was asked for, it gets no class: the switch must not hide it.
    if (language !== "both" || said.hi === said.en)
      make("span", parent, { lang: language === "hi" ? "hi" : "en", textContent: spoken(said) });
    else {
      // Each language in a span of its own, so that the language switch of the page can hide one.
      make("span", parent, { className: "lang-hi", lang: "hi", textContent: said.hi });
      make("span", parent, { className: "lang-both", textContent: " · " });
      make("span", parent, { className: "lang-en", lang: "en", textContent: said.en });
    }
  };
  return { spoken, say };
}

// An explorer's texts, without what their keys begin with.
const ownTexts = (model, prefix) =>
  Object.fromEntries(Object.entries(model.get("texts")).map(([key, said]) => [key.replace(prefix, ""), said]));

function named(element, role, name) {
  element.setAttribute("role", role);
  element.setAttribute("aria-label", name);
  return element;
}

// Without this, JupyterLab takes the arrow keys for itself and moves to another cell.
function keepKeys(element) {
  element.dataset.lmSuppressShortcuts = "true";
  return element;
}

// A grey picture: a canvas of side × side pixels, and draw(values from 0 to 1).
function picture(parent, side, name) {
  const canvas = named(make("canvas", parent, { width: side, height: side }), "img", name);
  const context = canvas.getContext("2d");
  const draw = (values) => {
    const image = context.createImageData(side, side);
    values.forEach((value, place) => {
      const grey = Math.round(255 * Math.min(Math.max(value, 0), 1));
      image.data.set([grey, grey, grey, 255], 4 * place);
    });
    context.putImageData(image, 0, 0);
  };
  return { canvas, draw };
}

// The images that course_lib.classroom.explore sent as one byte a pixel, as arrays of values from 0 to 1.
function images(view, side) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const size = side * side;
  return Array.from({ length: bytes.length / size }, (_, n) =>
    Float32Array.from(bytes.subarray(n * size, (n + 1) * size), (byte) => byte / 255),
  );
}

// A labelled slider; set(value) moves it without calling moved(value), told(value) is what it says of itself.
function slider(parent, { say }, said, { suffix = "", digits, told, min, max, step, value }, moved) {
  const row = make("label", parent, { className: "course-slider" });
  const name = make("span", row);
  say(name, said);
  name.append(suffix);
  const bar = make("span", row, { className: "course-bar" });
  const input = keepKeys(make("input", bar, { type: "range", min, max, step }));
  const shown = make("span", bar, { className: "course-value" });
  shown.setAttribute("aria-hidden", "true"); // the slider tells its value itself
  const tell = (number) => {
    shown.textContent = told ? told(number) : number.toFixed(digits);
    input.setAttribute("aria-valuetext", shown.textContent);
  };
  const set = (number) => {
    input.value = number;
    tell(number); // not input.value: the slider ends where its range ends
  };
  input.addEventListener("input", () => {
    tell(Number(input.value));
    moved(Number(input.value));
  });
  set(value);
  return { input, set };
}

function button(parent, content, pressed) {
  const element = make("button", parent, { type: "button" });
  content(element);
  element.addEventListener("click", pressed);
  return element;
}

// A named row of buttons; mark(n) shows which one is chosen, mark(-1) that none is.
function choices(parent, { say, spoken }, said, contents, chosen) {
  say(make("div", parent, { className: "course-row" }), said);
  const row = named(make("div", parent, { className: "course-row" }), "group", spoken(said));
  const buttons = contents.map((content, number) => button(row, content, () => chosen(number)));
  const mark = (number) => buttons.forEach((one, place) => one.setAttribute("aria-pressed", place === number));
  mark(-1);
  return { row, mark };
}

const written = (name) => (element) => element.append(name);

// Calls move([x, y], first) in the canvas's own pixels while a mouse, pen or finger is down on it, then ended().
function dragged(canvas, move, ended = () => {}) {
  const place = (event) => {
    const box = canvas.getBoundingClientRect(); // with the border, and as large as a slide show scales it
    const [across, down] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    return [
      ((across * canvas.offsetWidth - canvas.clientLeft) * canvas.width) / canvas.clientWidth,
      ((down * canvas.offsetHeight - canvas.clientTop) * canvas.height) / canvas.clientHeight,
    ];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button || !event.isPrimary) return;
    canvas.setPointerCapture(event.pointerId); // so that a stroke may leave the canvas and come back
    move(place(event), true);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) move(place(event), false);
  });
  canvas.addEventListener("lostpointercapture", ended); // after pointerup, and where the browser breaks a touch off
}

// Calls step(right, up) with -1, 0 or 1 for each arrow key on the canvas.
function steered(canvas, step) {
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  keepKeys(canvas).tabIndex = 0;
  canvas.addEventListener("keydown", (event) => {
    if (!(event.key in arrows) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault(); // the page must not scroll away
    step(...arrows[event.key]);
  });
}

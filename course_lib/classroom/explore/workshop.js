// The page's side of training in it: player, numbers, sliders, tasks, the code of what it does; the work is a worker's.

const DONE = "course-lib-tasks"; // where the browser keeps which tasks are done

function kept(name) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? [];
  } catch {
    return []; // a browser that stores nothing still trains
  }
}

function keep(name, list) {
  try {
    localStorage.setItem(name, JSON.stringify(list));
  } catch {}
}

// The numbers that course_lib packed with gzip, as bytes.
async function unzipped(view) {
  const stream = new Blob([view]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// What `packed` made of the digits to train on and of those held out, one label each; values from 0 to 1.
async function packedDigits(model) {
  const pixels = Float32Array.from(await unzipped(model.get("digits")), (byte) => byte / 255);
  const held = pixels.length - model.get("labels").byteLength * model.get("side") ** 2;
  return { train: pixels.subarray(0, held), test: pixels.subarray(held) };
}

// plan: what is one room's own.
//   sliders    {name: a slider's range of whole numbers, with `live` where the run goes on when it moves}
//   numbers    {name: (report) => text}, told beside the player
//   tasks      {name: (report, settings) => whether it is done}
//   sent       (settings) => what the run is told of them
//   code       (settings) => what PyTorch would be told
//   above, below, after, right  (parent, page, texts): what else stands above the player, below its numbers, after the
//              sliders, above the tasks
//   data       () => a promise of what the run trains on
//   draw       (report, settings), at every report
//   restarted  (settings), before every new run
//   answered   (answer) to what ask(name, sent) asked of the run
//   ready      (settings) => whether there is anything to train on; without it there always is
//   settings   further ones, which links keep too: {name: [text, valid(text)]}
function workshop({ model, el }, plan) {
  const page = speaker(model.get("language"));
  const room = model.get("room");
  const all = Object.entries(ownTexts(model, "workshop_"));
  const texts = Object.fromEntries(all.map(([key, said]) => [key.replace(`${room}_`, ""), said]));
  const saying = (key) => (element) => page.say(element, texts[key]);
  const box = named(make("div", el, { className: "course-explorer course-workshop" }), "group", page.spoken(texts.explorer));
  box.inert = true; // before the worker has its data there is nothing to play, step or reset
  const [left, middle, right] = [0, 1, 2].map(() => make("div", box, { className: "course-controls course-wide" }));

  // What the address asks for, as far as it can be had.
  const asked = (name) => {
    const address = new URLSearchParams(location.hash.slice(1));
    return address.get("room") === room ? address.get(name) : null;
  };
  const ranges = { ...plan.sliders, seed: { min: 0, max: 999, step: 1, value: 0, digits: 0 } };
  const settings = {};
  for (const [name, { min, max, value }] of Object.entries(ranges)) {
    const number = Number.parseInt(asked(name));
    settings[name] = number >= min && number <= max ? number : value;
  }
  for (const [name, [value, valid]] of Object.entries(plan.settings ?? {}))
    settings[name] = valid(asked(name)) ? asked(name) : value;

  let latest = null; // report
  let playing = false;
  let worker = null;
  let turn = 0; // number of this run: what the worker had still to say of the one before does not count
  const ask = (name, sent) => worker?.postMessage([name, sent]);

  plan.above?.(left, page, texts);
  const row = make("div", left, { className: "course-row" });
  const player = button(row, () => {}, () => play(!playing));
  const stepper = button(row, saying("step"), () => {
    play(false);
    ask("step");
  });
  button(row, saying("reset"), reset);
  const status = make("div", left, { className: "course-status" });
  const cells = Object.fromEntries(
    Object.keys(plan.numbers).map((key) => {
      const line = make("div", status);
      page.say(make("span", line), texts[key]);
      return [key, make("span", line, { className: "course-value" })];
    }),
  );
  const heard = make("div", left, { className: "course-heard" });
  heard.setAttribute("role", "status");
  plan.below?.(left, page, texts);

  const label = () => {
    player.replaceChildren();
    make("span", player, { textContent: playing ? "⏸ " : "▶ ", ariaHidden: "true" });
    saying(playing ? "pause" : "play")(player);
  };
  function play(on) {
    playing = on;
    label();
    ask("play", on);
  }
  function reset() {
    playing = false;
    label();
    player.disabled = stepper.disabled = plan.ready?.(settings) === false;
    plan.restarted?.(settings);
    latest = null;
    ask("reset", { ...plan.sent(settings), turn: ++turn });
    write();
  }

  // A screen reader hears the numbers when training stands still, and now and then while it goes on.
  let spoke = 0;
  function tell(report) {
    const said = [];
    for (const [key, value] of Object.entries(plan.numbers)) {
      cells[key].textContent = value(report);
      said.push(`${page.spoken(texts[key])}: ${value(report)}`);
    }
    if (report.playing && performance.now() < spoke + 5000) return;
    heard.textContent = said.join("; ");
    spoke = performance.now();
  }

  for (const [name, { live, ...range }] of Object.entries(ranges))
    slider(middle, page, texts[name], { ...range, value: settings[name] }, (value) => {
      settings[name] = value;
      if (live) ask("change", plan.sent(settings));
      else reset();
      write();
    });
  plan.after?.(middle, page, texts);
  plan.right?.(right, page, texts);

  const list = make("ul", right, { className: "course-tasks" });
  list.before(make("div", right, { className: "course-note" }));
  saying("tasks")(list.previousSibling);
  const boxes = Object.fromEntries(
    Object.keys(plan.tasks).map((name) => {
      const item = make("li", list);
      const sign = make("span", item);
      saying(`task_${name}`)(item);
      return [name, sign];
    }),
  );
  const done = new Set(kept(DONE)); // in a browser that stores nothing, until the page is left
  function check(report) {
    for (const [name, sign] of Object.entries(boxes)) {
      const id = `${room}_${name}`;
      if (report && !done.has(id) && plan.tasks[name](report, settings)) {
        done.add(id);
        keep(DONE, [...new Set([...kept(DONE), ...done])]); // what another room has added meanwhile, too
        heard.textContent = page.spoken(texts.done);
      }
      sign.textContent = done.has(id) ? "☑ " : "☐ ";
      named(sign, "img", page.spoken(texts[done.has(id) ? "done" : "open"]));
    }
  }

  const fold = make("details", box, { className: "course-full" });
  saying("code")(make("summary", fold));
  const code = make("code", make("pre", fold, { tabIndex: 0 }));
  const end = make("div", fold, { className: "course-row" });
  function write() {
    code.textContent = plan.code(settings);
  }
  if (el.closest(".course-widget")) {
    // Only where the site's pages lie beside each other, not in a notebook.
    saying("lesson")(make("a", end, { href: `../notebooks/${model.get("lesson")}` }));
    const copied = make("span", end, { className: "course-note" });
    button(end, saying("link"), async () => {
      history.replaceState(null, "", `#${new URLSearchParams({ room, ...settings })}`);
      await navigator.clipboard?.writeText(location.href).catch(() => {}); // the address bar has it in any case
      copied.replaceChildren();
      saying("linked")(copied);
    });
  }

  function received({ data: report }) {
    if (report.answer) plan.answered(report);
    else if (report.turn === turn) {
      latest = report;
      plan.draw(report, settings);
      tell(report);
      ask("drawn");
    }
    check(latest); // a task may be done while training stands still
  }
  const failed = ({ message }) => {
    box.inert = true;
    leave();
    const said = make("div", el, { className: "course-problem" });
    said.setAttribute("role", "alert");
    box.before(said);
    said.textContent = `${page.spoken(texts.failed)} (${message})`;
  };
  async function start() {
    const url = URL.createObjectURL(new Blob([model.get("worker")], { type: "text/javascript" }));
    worker = new Worker(url);
    worker.onmessage = received;
    worker.onerror = failed;
    ask("data", await plan.data?.());
    reset();
    box.inert = false;
  }
  label();
  write();
  check(null);
  start().catch(failed); // no worker here, or nothing that unpacks gzip

  const rest = () => document.hidden && playing && play(false); // a phone in a pocket does not train
  document.addEventListener("visibilitychange", rest);
  // A link with other settings of this room, opened where the room is open already.
  const follow = () => asked("room") && el.closest(".course-widget") && location.reload();
  addEventListener("hashchange", follow);
  const leave = () => {
    document.removeEventListener("visibilitychange", rest);
    removeEventListener("hashchange", follow);
    worker?.terminate();
    worker = null;
  };
  return { settings, ask, reset, leave };
}

// Curves over the steps: draw([{ points: [[x, y], …], colour, width }, …], [{ y, said }, …]); y from `least` to `most`.
function chart(parent, name, most, { least = 0, height = 420 } = {}) {
  const [width, edge] = [840, 70];
  const canvas = named(make("canvas", parent, { className: "course-chart", width, height }), "img", name);
  const context = canvas.getContext("2d");
  return (curves, levels) => {
    const end = Math.max(100, ...curves.flatMap(({ points }) => points.at(-1)?.[0] ?? 0));
    const place = ([x, y]) => [
      edge + ((width - edge - 10) * x) / end,
      height - 50 - ((height - 66) * (Math.min(Math.max(y, least), most) - least)) / (most - least),
    ];
    const line = (points, colour, thick, dashes = []) => {
      context.beginPath();
      points.forEach((point) => context.lineTo(...place(point)));
      Object.assign(context, { strokeStyle: colour, lineWidth: thick });
      context.setLineDash(dashes);
      context.stroke();
    };
    Object.assign(context, { fillStyle: "#fff", font: '24px "DejaVu Sans", "Noto Sans Devanagari", Arial, sans-serif' });
    context.fillRect(0, 0, width, height);
    context.fillStyle = "#333";
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (let share = 0; share <= 4; share++) {
      const y = least + (share * (most - least)) / 4;
      line([[0, y], [end, y]], "#ddd", 1.5);
      context.fillText(String(y), edge - 8, place([0, y])[1]);
    }
    context.fillText(String(end), width - 10, height - 22);
    for (const { points, colour, width: thick } of curves) line(points, colour, thick);
    for (const { y, said } of levels) {
      line([[0, y], [end, y]], "#d55e00", 4, [14, 8]);
      context.fillStyle = "#a33e00";
      context.fillText(said, width - 10, place([0, y])[1] - 18);
    }
  };
}

// Digits side by side: draw(pixels) of `columns` × `rows` images one after the other, their values from 0 to 1.
function sheet(parent, side, columns, rows, name) {
  const canvas = make("canvas", parent, { className: "course-sheet", width: columns * side, height: rows * side });
  const context = named(canvas, "img", name).getContext("2d");
  return (pixels) => {
    const image = context.createImageData(columns * side, rows * side);
    for (let n = 0; n < pixels.length; n++) {
      const [digit, pixel] = [Math.floor(n / (side * side)), n % (side * side)];
      const row = Math.floor(digit / columns) * side + Math.floor(pixel / side);
      const grey = Math.round(255 * pixels[n]);
      image.data.set([grey, grey, grey, 255], 4 * (row * columns * side + (digit % columns) * side + (pixel % side)));
    }
    context.putImageData(image, 0, 0);
  };
}

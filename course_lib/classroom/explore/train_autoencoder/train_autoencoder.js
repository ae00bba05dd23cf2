// The room of the autoencoder: reconstructions, map and curve move while it trains; PCA's error is the line to beat.

const SIZES = [2, 4, 8, 12, 16, 24, 32]; // of the code; the slider goes through them
const MOST = 60; // of the error: an untrained network is beyond

function render({ model, el }) {
  const side = model.get("side");
  const shown = model.get("shown");
  const pca = model.get("pca"); // the held-out error with 1, 2, … numbers
  let tests; // the held-out digits
  let [drawSheet, drawCurve, map, yours, pad] = [];
  let [trained, heldOut] = [[], []]; // the curves of this run
  const before = []; // held-out curves of earlier runs
  let digit = null; // that the visitor wrote

  const error = (value) => (value === null ? "–" : value.toFixed(1));
  const room = workshop(
    { model, el },
    {
      sliders: {
        latent_dim: { min: 0, max: SIZES.length - 1, step: 1, value: 2, told: (n) => String(SIZES[n]) },
        lr: { min: 1, max: 10, step: 1, value: 5, live: true, told: (n) => `${n}e-3` },
      },
      numbers: {
        steps: ({ steps }) => String(steps),
        loss: ({ loss }) => error(loss),
        error: (report) => error(report.error),
        pca: () => error(pcaError()),
        speed: ({ speed }) => String(Math.round(speed)),
      },
      tasks: {
        pca: (report) => report.steps > 0 && report.error < pcaError(),
        small: (report, { latent_dim }) => SIZES[latent_dim] <= 12 && report.error < pca[15],
        drawn: (report) => report.steps >= 100 && digit !== null,
        overfit: (report) => report.error > Math.min(...heldOut.map(([, y]) => y)) + 0.5 && report.steps > 500,
      },
      code: ({ latent_dim, lr }) => `encoder = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, ${SIZES[latent_dim]}))
decoder = nn.Sequential(nn.Linear(${SIZES[latent_dim]}, 128), nn.ReLU(), nn.Linear(128, 784), nn.Sigmoid())
optimizer = Adam([*encoder.parameters(), *decoder.parameters()], lr=${lr}e-3)
for epoch in range(epochs):
    for index in torch.randperm(1000).split(32):
        x = digits[index]
        loss = (decoder(encoder(x)) - x).square().sum(dim=1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()`,
      sent: ({ latent_dim, lr, seed }) => ({ latent_dim: SIZES[latent_dim], lr: lr / 1000, seed }),
      above(parent, page, texts) {
        drawSheet = sheet(parent, side, shown, 2, page.spoken(texts.sheet));
        page.say(make("div", parent, { className: "course-note" }), texts.sheet);
      },
      below(parent, page, texts) {
        drawCurve = chart(parent, page.spoken(texts.curve), MOST);
        page.say(make("div", parent, { className: "course-note" }), texts.curve);
      },
      after(parent, page, texts) {
        map = paper(parent, page.spoken(texts.map), 840);
        map.canvas.setAttribute("role", "img");
        page.say(make("div", parent, { className: "course-note" }), texts.map);
      },
      right(parent, page, texts) {
        page.say(make("div", parent), texts.write);
        const row = make("div", parent, { className: "course-row course-top" });
        pad = drawingPad(row, side, page.spoken(texts.write), () => {}, (pixels) => {
          digit = pixels;
          room.ask("rebuild", digit);
        });
        const figure = make("figure", row);
        yours = picture(figure, side, page.spoken(texts.rebuilt)).draw;
        page.say(make("figcaption", figure), texts.rebuilt);
        button(parent, (element) => page.say(element, texts.clear), () => {
          pad.clear();
          digit = null;
          yours(new Float32Array(side * side));
        }).className = "course-reset";
        yours(new Float32Array(side * side));
      },
      async data() {
        const digits = await packedDigits(model);
        tests = digits.test;
        return { ...digits, shown };
      },
      restarted() {
        if (heldOut.length > 1) before.push(heldOut);
        [trained, heldOut] = [[], []];
      },
      answered: ({ rebuilt }) => digit && yours(rebuilt),
      draw(report) {
        if (report.loss !== null) trained.push([report.steps, report.loss]);
        heldOut.push([report.steps, report.error]);
        const both = new Float32Array(2 * shown * side * side);
        both.set(tests.subarray(0, shown * side * side));
        both.set(report.rebuilt, shown * side * side);
        drawSheet(both);
        drawCurve(
          [
            ...before.map((points) => ({ points, colour: "#ccc", width: 3 })),
            { points: trained, colour: "#56b4e9", width: 3 },
            { points: heldOut, colour: "#0072b2", width: 6 },
          ],
          [{ y: pcaError(), said: `PCA: ${error(pcaError())}` }],
        );
        drawMap(report.places);
        if (digit) room.ask("rebuild", digit);
      },
    },
  );
  const pcaError = () => pca[SIZES[room.settings.latent_dim] - 1];
  const draw = signs(model, map.context);
  function drawMap(places) {
    map.clear();
    const reach = Math.max(...places.flat().map(Math.abs)) || 1;
    places.forEach(([x, y], row) => draw(row, 420 + (390 * x) / reach, 420 - (390 * y) / reach, 26));
  }
  return room.leave;
}

export default { render };

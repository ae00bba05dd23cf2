// The room of the VAE: the manifold fills while it trains, β turns on the way, and any place of the map is a new digit.

const BETAS = [0, 0.1, 0.5, 1, 2, 4, 8, 16, 32]; // the slider goes through them
const BAR = 180; // nats of −ELBO: one and the same picture for every digit comes to about 209
const [USED, EMPTY] = [2, 0.1]; // nats of KL: a code that tells something, and one that tells nothing
const NEW = 10; // digits that are kept in sight
const MAP = 840;
const FARTHEST = 4; // where the sliders end

function render({ model, el }) {
  const side = model.get("side");
  const quantiles = model.get("quantiles");
  // As a map: the first number grows to the right, the second upwards.
  const grid = Float32Array.from([...quantiles].reverse().flatMap((up) => quantiles.flatMap((right) => [right, up])));
  let [drawSheet, drawError, drawKl, map, show, drawNew, sliders] = [];
  let [errors, kls] = [[], []]; // the held-out curves of this run
  const before = []; // those of earlier runs
  let latest; // report
  let reach = 3; // how far the map goes
  let code = [0, 0];
  let fresh = []; // the last new codes
  let touched = 0; // how many were drawn of a decoder that has learned
  let [used, collapsed, back] = [false, false, false];

  const nats = (value) => (value === null ? "–" : value.toFixed(1));
  const elbo = ({ reconstruction, kl }) => reconstruction + kl;
  const room = workshop(
    { model, el },
    {
      sliders: {
        beta: { min: 0, max: BETAS.length - 1, step: 1, value: 3, live: true, told: (n) => String(BETAS[n]) },
        lr: { min: 1, max: 10, step: 1, value: 5, live: true, told: (n) => `${n}e-3` },
      },
      numbers: {
        steps: ({ steps }) => String(steps),
        loss: ({ loss }) => nats(loss),
        reconstruction: ({ reconstruction }) => nats(reconstruction),
        kl: ({ kl }) => kl.toFixed(2),
        elbo: (report) => nats(elbo(report)),
        speed: ({ speed }) => String(Math.round(speed)),
      },
      tasks: {
        bar: (report, { beta }) => BETAS[beta] === 1 && elbo(report) < BAR,
        collapse: () => collapsed,
        back: () => back,
        ten: () => touched >= NEW,
      },
      code: ({ beta, lr }) => `encoder = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 4))
decoder = nn.Sequential(nn.Linear(2, 128), nn.ReLU(), nn.Linear(128, 784))
optimizer = Adam([*encoder.parameters(), *decoder.parameters()], lr=${lr}e-3)
for epoch in range(epochs):
    for index in torch.randperm(1000).split(32):
        x = digits[index]
        mu, log_var = encoder(x).chunk(2, dim=1)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        bce = F.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum")
        kl = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum()
        loss = (bce + ${BETAS[beta]} * kl) / len(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
new_digit = decoder(torch.randn(1, 2)).sigmoid()`,
      sent: ({ beta, lr, seed }) => ({ beta: BETAS[beta], lr: lr / 1000, seed }),
      above(parent, page, texts) {
        drawSheet = sheet(parent, side, quantiles.length, quantiles.length, page.spoken(texts.sheet));
        page.say(make("div", parent, { className: "course-note" }), texts.sheet);
      },
      below(parent, page, texts) {
        const curve = (said, most, least) => {
          const draw = chart(parent, page.spoken(said), most, { least, height: 280 });
          page.say(make("div", parent, { className: "course-note" }), said);
          return draw;
        };
        drawError = curve(texts.curve, 240, 140);
        drawKl = curve(texts.curve_kl, 20, 0);
      },
      after(parent, page, texts) {
        map = paper(parent, page.spoken(texts.map), MAP);
        page.say(make("div", parent, { className: "course-note" }), texts.map);
        sliders = [texts.first, texts.second].map((said, axis) =>
          slider(parent, page, said, { min: -FARTHEST, max: FARTHEST, step: 0.1, digits: 1, value: 0 }, (value) =>
            go(code.map((old, at) => (at === axis ? value : old))),
          ),
        );
        dragged(map.canvas, ([x, y]) => go([(x / MAP - 0.5) * 2 * reach, (0.5 - y / MAP) * 2 * reach]));
        steered(map.canvas, (...way) => go(code.map((value, axis) => value + way[axis] * 0.1)));
      },
      right(parent, page, texts) {
        const row = make("div", parent, { className: "course-row course-top" });
        const figure = make("figure", row, { className: "course-large" });
        show = picture(figure, side, page.spoken(texts.drawn)).draw;
        page.say(make("figcaption", figure), texts.drawn);
        button(row, (element) => page.say(element, texts.new), () => room.ask("touch"));
        drawNew = sheet(parent, side, NEW / 2, 2, page.spoken(texts.ten));
        page.say(make("div", parent, { className: "course-note" }), texts.ten);
      },
      data: async () => ({ ...(await packedDigits(model)), grid }),
      restarted() {
        if (errors.length > 1) before.push([errors, kls]);
        [errors, kls, fresh, touched, used, collapsed, back] = [[], [], [], 0, false, false, false];
        drawNew(new Float32Array(NEW * side * side));
      },
      answered({ z, digits }) {
        if (digits) return decoded(digits);
        fresh = [...fresh, z].slice(-NEW);
        if (latest.steps >= 100) touched++;
        go(z);
      },
      draw(report) {
        latest = report;
        used ||= report.kl > USED;
        collapsed ||= used && report.kl < EMPTY;
        back ||= collapsed && report.kl > USED;
        errors.push([report.steps, report.reconstruction]);
        kls.push([report.steps, report.kl]);
        [drawError, drawKl].forEach((draw, which) =>
          draw(
            [
              ...before.map((curves) => ({ points: curves[which], colour: "#ccc", width: 3 })),
              { points: [errors, kls][which], colour: "#0072b2", width: 6 },
            ],
            [],
          ),
        );
        drawSheet(report.manifold);
        const farthest = report.mu.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        if (farthest > reach || farthest < reach / 2) reach = Math.max(3, Math.ceil(1.1 * farthest));
        drawMap();
        decode();
      },
    },
  );

  function go(place) {
    code = place.map((value) => Math.min(Math.max(value, -reach), reach));
    sliders.forEach(({ set }, axis) => set(code[axis]));
    drawMap();
    decode();
  }
  // One question at a time: a finger asks faster than a busy worker answers.
  let [waiting, again] = [false, false];
  function decode() {
    again = waiting;
    if (waiting) return;
    waiting = true;
    room.ask("decode", Float32Array.from([code, ...fresh].flat()));
  }
  function decoded(digits) {
    show(digits.subarray(0, side * side));
    const drawn = new Float32Array(NEW * side * side);
    drawn.set(digits.subarray(side * side));
    drawNew(drawn);
    waiting = false;
    if (again) decode();
  }

  const place = (value) => (MAP / 2) * (1 + value / reach);
  const draw = signs(model, map.context);
  function drawMap() {
    map.clear();
    map.line(0, MAP / 2, MAP, MAP / 2, 1.5, "#ddd");
    map.line(MAP / 2, 0, MAP / 2, MAP, 1.5, "#ddd");
    const mu = latest?.mu ?? [];
    for (let n = 0; n < mu.length; n += 2) draw(n / 2, place(mu[n]), place(-mu[n + 1]), 26);
    for (const radius of [1, 2]) {
      map.context.beginPath();
      map.context.arc(MAP / 2, MAP / 2, ((MAP / 2) * radius) / reach, 0, 2 * Math.PI);
      Object.assign(map.context, { lineWidth: 3, strokeStyle: "#333" });
      map.context.stroke();
    }
    map.cross(place(code[0]), place(-code[1]));
    map.canvas.dataset.code = code.join(" ");
  }
  drawMap();
  return room.leave;
}

export default { render };

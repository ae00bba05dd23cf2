// The explorers of a lesson, without a kernel: each one's own JavaScript with the state that the notebook stored.

function bytes(base64) {
  return new DataView(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer);
}

// Each style sheet once: explorers share theirs.
const worn = new Set();
function dress(css) {
  if (worn.has(css)) return;
  worn.add(css);
  document.head.append(Object.assign(document.createElement("style"), { textContent: css }));
}

async function start(place) {
  const { state, raw } = JSON.parse(place.querySelector("script").textContent);
  for (const [name, base64] of Object.entries(raw)) state[name] = bytes(base64);
  const address = URL.createObjectURL(new Blob([state._esm], { type: "text/javascript" }));
  const { default: widget } = await import(address);
  URL.revokeObjectURL(address);
  dress(state._css);
  widget.render({ model: { get: (name) => state[name] }, el: place });
}

// Where a browser is too old for an explorer, it says so in its place.
const begin = (place) =>
  start(place).catch((error) => {
    place.querySelector(".course-old").hidden = false;
    throw error;
  });

// For whoever must wait until all are drawn.
window.explorers = Promise.all([...document.querySelectorAll(".course-widget")].map(begin));

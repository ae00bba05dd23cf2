// The site's language switch: हिन्दी, English or both, remembered under the same name as in JupyterLab.
(() => {
  const NAME = "course-lib-language";
  const CHOICES = ["hi", "en", "both"];
  const root = document.documentElement;
  const known = (language) => (CHOICES.includes(language) ? language : null);
  const keep = (language) => {
    try {
      localStorage.setItem(NAME, language);
    } catch {} // a browser that stores nothing still switches
  };
  const kept = () => {
    try {
      return localStorage.getItem(NAME);
    } catch {
      return null;
    }
  };
  // On a first visit: what comes first among the languages of the browser that is one of ours, or both.
  const spoken = () => navigator.languages.map((tag) => tag.split("-")[0]).find((one) => one === "hi" || one === "en");
  const chosen = (language) => known(language) ?? spoken() ?? "both";
  const show = (language) => {
    root.dataset.lang = language;
    root.lang = language === "hi" ? "hi" : "en"; // what is in the other language says so itself
    for (const select of document.querySelectorAll(".course-language select")) select.value = language;
  };

  const asked = known(new URLSearchParams(location.search).get("lang"));
  if (asked) keep(asked);
  show(asked ?? chosen(kept()));
  addEventListener("storage", (event) => event.key === NAME && show(chosen(event.newValue))); // another tab

  // What stands at the top of the window stays there, though half of the page above it comes or goes.
  const choose = (language) => {
    const shared = [...document.querySelectorAll("article :is(h1, h2, h3, .cell)")];
    const top = (element) => element.getBoundingClientRect().top;
    const first = shared.find((element) => top(element) >= 0);
    const before = first && top(first);
    keep(language);
    show(language);
    if (first) scrollBy({ top: top(first) - before, behavior: "instant" });
  };

  // Search results come as plain text.
  const PAIR = /^((?:\d+ · )?)(.*[\u0900-\u097f].*) · ([^\u0900-\u097f]+)$/;
  const split = (node) => {
    const [, number, hindi, english] = node.textContent.match(PAIR) ?? [];
    if (!hindi) return;
    const half = (className, textContent) => Object.assign(document.createElement("span"), { className, textContent });
    const halves = [half("lang-hi", hindi), half("lang-both", " · "), half("lang-en", english)];
    halves[0].lang = "hi";
    halves[2].lang = "en";
    node.replaceWith(number, ...halves);
  };
  const splitAll = (element) => {
    // An index entry leads to a term of the glossary, whose name is in its address.
    for (const link of element.querySelectorAll(".kind-index > a:not(:has(.course-term))"))
      link.append(Object.assign(document.createElement("span"), {
        className: "course-term",
        textContent: `: ${link.hash.slice(1).replaceAll("-", " ")}`,
      }));
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    texts.forEach(split);
  };

  // A keyboard must reach what scrolls inside itself.
  const reach = () => {
    for (const element of document.querySelectorAll(".formula, .cell_output, .pst-scrollable-table-container"))
      if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
      else element.removeAttribute("tabindex");
  };

  document.addEventListener("DOMContentLoaded", () => {
    show(root.dataset.lang);
    for (const select of document.querySelectorAll(".course-language select"))
      select.addEventListener("change", () => choose(select.value));
    const results = document.getElementById("search-results");
    if (results) new MutationObserver(() => splitAll(results)).observe(results, { childList: true, subtree: true });
    new ResizeObserver(reach).observe(document.body);
  });

  // From a USB stick the search may not read other pages for their excerpts.
  document.addEventListener("DOMContentLoaded", () => {
    if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
  });
})();

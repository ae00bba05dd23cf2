// How far a reader has come, for the lessons' cards: kept in this browser alone, as {"02_autoencoder": "begun" or "read"}.
(() => {
  const NAME = "course-lib-progress";
  const kept = () => {
    try {
      return JSON.parse(localStorage.getItem(NAME)) ?? {};
    } catch {
      return {}; // nothing is stored here, or nothing that we wrote
    }
  };
  const keep = (lessons) => {
    try {
      localStorage.setItem(NAME, JSON.stringify(lessons));
    } catch {} // a browser that stores nothing still shows the lessons
  };
  const show = () => {
    const lessons = kept();
    for (const card of document.querySelectorAll("[data-lesson]")) card.dataset.progress = lessons[card.dataset.lesson];
    for (const button of document.querySelectorAll(".course-forget")) button.hidden = !Object.keys(lessons).length;
  };

  addEventListener("DOMContentLoaded", () => {
    const [, lesson] = DOCUMENTATION_OPTIONS.pagename.match(/^notebooks\/(.+)/) ?? [];
    const end = lesson && document.querySelector(".prev-next-footer");
    if (end) {
      keep({ [lesson]: "begun", ...kept() });
      const watch = new IntersectionObserver(([seen]) => {
        if (seen.isIntersecting) keep({ ...kept(), [lesson]: "read" });
      });
      watch.observe(end);
    }
    for (const button of document.querySelectorAll(".course-forget"))
      button.addEventListener("click", () => {
        keep({});
        show();
      });
  });
  addEventListener("pageshow", show); // also when the reader comes back with the browser's own button
  addEventListener("storage", show);
})();

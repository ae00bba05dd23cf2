// How far a reader has come, for the cards: kept in this browser alone, as {"02_autoencoder": "begun" or "read"}, and the
// tasks done where one trains in the page, as course_lib's workshop.js keeps them.
(() => {
  const NAME = "course-lib-progress";
  const TASKS = "course-lib-tasks";
  const kept = (name = NAME) => {
    try {
      return JSON.parse(localStorage.getItem(name)) ?? {};
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
    const tasks = Object.values(kept(TASKS));
    for (const card of document.querySelectorAll("[data-room]")) {
      const done = tasks.filter((task) => task.startsWith(`${card.dataset.room}_`)).length;
      card.querySelector("p").dataset.done = done ? `✓ ${done}/${card.dataset.tasks}` : "";
    }
    const begun = Object.keys(lessons).length + tasks.length;
    for (const button of document.querySelectorAll(".course-forget")) button.hidden = !begun;
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
        localStorage.removeItem(TASKS);
        show();
      });
  });
  addEventListener("pageshow", show); // also when the reader comes back with the browser's own button
  addEventListener("storage", show);
})();

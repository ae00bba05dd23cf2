// The course's language switch for JupyterLab 4 and Notebook 7, and alternative text for figures.
// This is a whole prebuilt extension, written by hand: a "module federation container" is only an object with
// init() and get(), so no node, no bundler and no build step stand between this file and the browser.
(() => {
  const NAME = "course-lib-language"; // also the localStorage key: every notebook shares one choice
  const CHOICES = { hi: "हिन्दी", en: "English", both: "दोनों · Both" };
  const HIDES = { hi: "lang-en", en: "lang-hi" };
  const TAGS = ["lang-hi", "lang-en", "speaker-notes"];

  // One rule serves cells, spans in outputs and widgets alike. display:none takes the other language out of the
  // layout, the tab order and the screen reader at once; !important beats the display JupyterLab sets on cells.
  const style = document.createElement("style");
  style.textContent = `
    html[data-lang="hi"] .lang-en, html[data-lang="en"] .lang-hi,
    html:not([data-lang="both"]) .lang-both { display: none !important; }
    .course-language { display: flex; align-items: center; gap: 3px; padding-left: 6px; }
    .course-language span { position: absolute; top: 5px; right: 6px; pointer-events: none; }
  `;
  document.head.append(style);

  const root = document.documentElement;
  const listeners = new Set(); // one for each switch and each open notebook; returns what to do after the change
  const choose = (language) => {
    const after = [...listeners].map((before) => before());
    root.dataset.lang = language in CHOICES ? language : "both";
    after.forEach((act) => act());
  };
  choose(localStorage.getItem(NAME));
  window.addEventListener("storage", (event) => event.key === NAME && choose(event.newValue)); // another tab

  function languageSwitch({ Widget }, { caretDownEmptyIcon }) {
    const select = document.createElement("select");
    select.title = "भाषा चुनिए · Choose the language";
    select.setAttribute("aria-label", "भाषा · Language");
    select.append(...Object.entries(CHOICES).map(([value, text]) => new Option(text, value)));
    select.addEventListener("change", () => {
      localStorage.setItem(NAME, select.value);
      choose(select.value);
    });
    const box = document.createElement("div"); // JupyterLab's own classes, so that the switch follows every theme
    box.className = "jp-HTMLSelect jp-DefaultStyle";
    box.append(select, caretDownEmptyIcon.element({ tag: "span" }));
    const widget = new Widget();
    widget.addClass("course-language");
    widget.node.append("अ/A", box);
    const show = () => (select.value = root.dataset.lang);
    const before = () => show;
    listeners.add(before);
    widget.disposed.connect(() => listeners.delete(before));
    show();
    return widget;
  }

  function watch(notebook) {
    // Classes go on the cell widgets, not on elements found in the page: JupyterLab attaches cells late.
    const mark = () => {
      for (const cell of notebook.widgets) {
        const tags = cell.model.getMetadata("tags") ?? [];
        TAGS.forEach((tag) => cell.toggleClass(tag, tags.includes(tag)));
        const language = ["hi", "en"].find((code) => tags.includes(`lang-${code}`)); // for the screen reader's voice
        if (language) cell.node.lang = language;
        else cell.node.removeAttribute("lang");
      }
      skip();
    };
    // JupyterLab knows nothing of our hiding and would select a hidden twin on Arrow Down or Shift+Enter:
    // go on in the same direction to the next cell that shows, or stay with the last one.
    // In a live slide show (jupyterlab-slideshow) cells left out of the slides must not be selected either.
    const projected = (cell) =>
      document.body.dataset.jpDeckMode !== "presenting" ||
      !["skip", "notes"].includes(cell.model.getMetadata("slideshow")?.slide_type);
    const shows = (cell) => !cell.isHidden && !cell.hasClass(HIDES[root.dataset.lang]) && projected(cell);
    let last = 0;
    const skip = () => {
      const { widgets: cells, activeCellIndex: here, activeCell } = notebook;
      if (!activeCell || shows(activeCell)) {
        last = here;
        return;
      }
      const shown = [...cells.keys()].filter((i) => shows(cells[i]));
      const up = shown.findLast((i) => i < here) ?? shown[0];
      const down = shown.find((i) => i > here) ?? shown.at(-1);
      if (shown.length) notebook.activeCellIndex = here < last ? up : down;
      // Arrow Down in an editor opens the Markdown source of the cell it lands on, after this handler: close it.
      queueMicrotask(() => "rendered" in activeCell && (activeCell.rendered = true));
    };
    // Without this a switch in the middle of a lesson throws the reader several sections on: the first cell in view
    // that both languages share stays where it is. JupyterLab's "full" windowing mode does the same by itself.
    const keepPlace = () => {
      const view = notebook.outerNode;
      const top = (cell) => cell.node.getBoundingClientRect().top - view.getBoundingClientRect().top;
      const shared = notebook.widgets.find((cell) => cell.isAttached && !cell.node.lang && top(cell) >= 0);
      const before = shared && top(shared);
      return () => {
        skip();
        if (!shared || notebook.viewModel.windowingActive) return;
        // A cell has its true height only once it is drawn, some frames later: hold on, unless the reader moves on.
        let frames = 30;
        const hold = () => {
          if (frames-- <= 0) return;
          view.scrollTop += top(shared) - before;
          requestAnimationFrame(hold);
        };
        view.addEventListener("wheel", () => (frames = 0), { once: true, passive: true });
        hold();
      };
    };
    notebook.modelContentChanged.connect(mark); // cells and tags that come, go or change
    notebook.activeCellChanged.connect(skip);
    listeners.add(keepPlace);
    notebook.disposed.connect(() => listeners.delete(keepPlace));
    mark();
  }

  // JupyterLab 4.6 ignores the alternative text that our figures carry in their MIME metadata. A wrapped renderer
  // sets it wherever an image is shown, outputs of a running cell included.
  function addAlternativeText(rendermime) {
    const image = rendermime.getFactory("image/png");
    const createRenderer = (options) => {
      const renderer = image.createRenderer(options);
      const render = renderer.render;
      renderer.render = async (model) => {
        await render.call(renderer, model);
        const alt = model.metadata[options.mimeType]?.alt;
        if (alt) renderer.node.querySelector("img").alt = alt;
      };
      return renderer;
    };
    rendermime.addFactory({ ...image, createRenderer });
  }

  let scope; // JupyterLab's own modules: {name: {version: {get}}}
  const load = async (name) => (await Object.values(scope[name])[0].get())();

  async function plugin() {
    const apputils = await load("@jupyterlab/apputils");
    const rendermime = await load("@jupyterlab/rendermime");
    const ui = await load("@jupyterlab/ui-components");
    const lumino = await load("@lumino/widgets");
    return {
      id: `${NAME}:plugin`,
      autoStart: true,
      requires: [apputils.IToolbarWidgetRegistry, rendermime.IRenderMimeRegistry],
      activate(app, toolbars, renderers) {
        addAlternativeText(renderers);
        toolbars.addFactory("Notebook", "language", () => languageSwitch(lumino, ui)); // its place: schemas/
        app.docRegistry.addWidgetExtension("Notebook", { createNew: (panel) => watch(panel.content) });
      },
    };
  }

  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB[NAME] = {
    init: (shared) => (scope = shared),
    get: async () => {
      const instance = await plugin();
      return () => instance;
    },
  };
})();

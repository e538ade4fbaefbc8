"use strict";
// The page is whole without this: it adds sorting, search, and folding by one button, and asks nothing of the network.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const folds = () => all("details.fold");

  // Sorting: within each group of rows, what is hidden last.
  const value = (cell) => {
    if (!cell || cell.classList.contains("hidden")) return null;
    const text = cell.textContent.trim().replaceAll("\u2212", "-").replaceAll(",", "");
    const number = text.match(/^[<>]?\s*(-?\d+(\.\d+)?)/) || text.match(/^at least (\d+(\.\d+)?)/);
    return number ? Number(number[1]) : text.toLowerCase() || null;
  };
  const compare = (a, b) => {
    if (a === null || b === null) return 0;
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), "en-GB");
  };
  const sortBy = (table, column, isUp) => {
    for (const body of table.tBodies) {
      const rows = [...body.rows].filter((row) => !row.classList.contains("heading"));
      rows
        .map((row, place) => ({ row, place, key: value(row.cells[column]) }))
        .sort((a, b) => {
          if ((a.key === null) !== (b.key === null)) return a.key === null ? 1 : -1;
          return (isUp ? 1 : -1) * compare(a.key, b.key) || a.place - b.place;
        })
        .forEach(({ row }) => body.append(row));
    }
  };
  for (const table of all("main table")) {
    all("thead th", table).forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const isUp = head.getAttribute("aria-sort") !== "ascending";
        all("thead th", table).forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
        sortBy(table, column, isUp);
        document.getElementById("sorted").textContent =
          `Sorted by ${button.textContent}, ${isUp ? "ascending" : "descending"}`;
      });
    });
  }

  // A region that does not scroll needs no stop for the keyboard.
  const settle = () => {
    for (const region of all(".scroll")) {
      if (region.scrollWidth > region.clientWidth + 1) region.tabIndex = 0;
      else region.removeAttribute("tabindex");
    }
  };
  window.addEventListener("resize", settle);
  document.addEventListener("toggle", settle, true);
  settle();

  // Folding.
  const openAround = (element) => {
    for (let fold = element?.closest("details"); fold; fold = fold.parentElement?.closest("details")) fold.open = true;
  };
  const button = document.getElementById("fold-all");
  button.addEventListener("click", () => {
    const isOpening = button.getAttribute("aria-pressed") === "false";
    folds().forEach((fold) => { fold.open = isOpening; });
    button.setAttribute("aria-pressed", String(isOpening));
    button.textContent = isOpening ? "Close all parts" : "Open all parts";
  });
  button.parentElement.hidden = false;
  const goTo = () => {
    const target = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    if (!target) return;
    openAround(target);
    target.scrollIntoView();
  };
  window.addEventListener("hashchange", goTo);
  goTo();

  // Search: sections, captions, rows and sentences that hold every word.
  const blocks = all("main :is(h2, h3, h4, caption, figcaption, tbody th, dt, dd, main p, li)")
    .filter((block) => !block.closest(".terms, .downloads"))
    .map((block) => ({ block, text: block.textContent.replace(/\s+/g, " ").trim() }));
  const form = document.querySelector("form[role=search]");
  const input = document.getElementById("words");
  const list = document.getElementById("places");
  const MOST = 20;
  const search = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    list.replaceChildren();
    const status = document.getElementById("found");
    if (!words.length) { status.textContent = ""; return; }
    const found = blocks.filter(({ text }) => words.every((word) => text.toLowerCase().includes(word)));
    found.slice(0, MOST).forEach(({ block, text }) => {
      const at = Math.max(0, text.toLowerCase().indexOf(words[0]) - 30);
      const link = document.createElement("button");
      link.type = "button";
      link.textContent = `${at ? "\u2026" : ""}${text.slice(at, at + 90)}`;
      const where = document.createElement("span");
      where.textContent = block.closest("section")?.querySelector("h2")?.textContent ?? "";
      link.append(where);
      link.addEventListener("click", () => {
        openAround(block);
        all(".found").forEach((other) => other.classList.remove("found"));
        block.classList.add("found");
        block.tabIndex = -1;
        block.scrollIntoView({ block: "center" });
        block.focus({ preventScroll: true });
      });
      const item = document.createElement("li");
      item.append(link);
      list.append(item);
    });
    const more = found.length > MOST ? `, the first ${MOST} listed` : "";
    status.textContent = found.length ? `${found.length} ${found.length === 1 ? "place" : "places"}${more}` : "Nothing found";
  };
  input.addEventListener("input", search);
  form.addEventListener("submit", (event) => { event.preventDefault(); list.querySelector("button")?.click(); });
  form.hidden = false;

  // On a small screen the list of contents waits behind its heading; on paper everything is open.
  if (matchMedia("(max-width: 67.99rem)").matches) document.querySelector("details.contents").open = false;
})();

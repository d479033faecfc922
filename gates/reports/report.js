"use strict";
// Filters the table of findings. The page is whole without it: the form shows once this runs.
// It changes what is hidden and a count, never markup.
(() => {
  const form = document.getElementById("filters");
  if (!form) return;
  const count = document.getElementById("count");
  const rows = Array.from(document.querySelectorAll("#findings tbody tr"), (row) => ({
    row,
    text: row.textContent.toLowerCase(),
    gate: row.dataset.gate,
    level: row.dataset.level,
    waived: row.dataset.waived,
  }));

  const filter = () => {
    const wanted = Object.fromEntries(new FormData(form));
    const words = wanted.text.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const each of rows) {
      const fits =
        ["gate", "level", "waived"].every((key) => !wanted[key] || each[key] === wanted[key]) &&
        words.every((word) => each.text.includes(word));
      each.row.hidden = !fits;
      shown += fits;
    }
    count.textContent = `${shown} of ${rows.length} shown`;
  };

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  // A form is reset after this event.
  form.addEventListener("reset", () => setTimeout(filter));
  for (const link of document.querySelectorAll("a[data-gate]")) {
    link.addEventListener("click", () => {
      form.reset();
      form.elements.gate.value = link.dataset.gate;
      setTimeout(filter);
    });
  }
  form.hidden = false;
  filter();
})();

// Asks every two seconds what is so, and shows it. What came from the logs is text and never markup.
"use strict";
const show = (now) => {
  document.getElementById("state").textContent = now.state;
  for (const [name, words] of Object.entries(now.panels)) {
    const image = document.getElementById(name);
    image.alt = words;
    image.src = `/panels/${name}-light.svg?${now.number}`;
    image.previousElementSibling.srcset = `/panels/${name}-dark.svg?${now.number}`;
  }
  document.getElementById("warnings").replaceChildren(...now.warnings.map((words) => {
    const line = document.createElement("li");
    line.textContent = words;
    return line;
  }));
};
const refresh = async () => {
  // Whoever asks faster than the charts are drawn sees none of them.
  if ([...document.images].some((each) => !each.complete)) return;
  try {
    const answer = await fetch("/now");
    if (answer.ok) show(await answer.json());
  } catch {
    document.getElementById("state").textContent = "The dashboard has ended.";
  }
};
setInterval(refresh, 2000);

/** What everything is measured and coloured by: each colour is said once for light and once for dark. */
export const tokens: string = String.raw /* css */`
:root {
  color-scheme: light dark;
  --font: system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
  --mono: ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
  --text-xs: .75rem; --text-s: .8125rem; --text-m: .875rem; --text-l: 1rem; --text-xl: 1.25rem;
  --gap-1: .25rem; --gap-2: .5rem; --gap-3: .75rem; --gap-4: 1rem; --gap-5: 1.5rem; --gap-6: 2rem; --gap-7: 3rem;
  --round-s: 4px; --round: 6px; --round-l: 10px;
  --bar: 13.5rem;

  --ground: light-dark(#f6f7f5, #0f1311);
  --surface: light-dark(#ffffff, #161b18);
  --raised: light-dark(#f0f2ef, #1e2521);
  --line: light-dark(#dfe3de, #29312c);
  --frame: light-dark(#848d86, #6b766f);
  --ink: light-dark(#171d19, #e7ece8);
  --soft: light-dark(#535d56, #a1aca5);
  --accent: light-dark(#1d6e42, #6fd39b);
  --accent-ink: light-dark(#ffffff, #08150d);
  --accent-soft: light-dark(#e2f1e8, #18301f);
  --focus: light-dark(#1d6e42, #8be0b1);
  --danger: light-dark(#b3261e, #ff8a80);
  --danger-soft: light-dark(#fdeceb, #381a19);

  --slate: light-dark(#4a5568, #a9b6c6); --slate-soft: light-dark(#eceff3, #222a33);
  --blue: light-dark(#1d5fb8, #82b6ff); --blue-soft: light-dark(#e6f0fc, #17283f);
  --amber: light-dark(#8a5300, #f2b84b); --amber-soft: light-dark(#fdf1dc, #35270f);
  --green: light-dark(#1d6e42, #6fd39b); --green-soft: light-dark(#e2f1e8, #18301f);
  --red: light-dark(#b3261e, #ff8a80); --red-soft: light-dark(#fdeceb, #381a19);
  --violet: light-dark(#6b45b8, #c0a4ff); --violet-soft: light-dark(#f1ebfb, #2a2140);
  --brown: light-dark(#6f5546, #cbb09f); --brown-soft: light-dark(#f4eeea, #2d2520);
  --teal: light-dark(#0d6570, #6bcfdb); --teal-soft: light-dark(#e0f2f4, #112d31);
}
[data-theme="light"] { color-scheme: light }
[data-theme="dark"] { color-scheme: dark }
`;

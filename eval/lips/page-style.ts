/** Style sheet of the page. */
export const STYLE = `
:root{--paper:#fbfbf9;--card:#fff;--ink:#1d2229;--soft:#5d6673;--line:#e3e5e8;--ours:#0b7285;--other:#868e96;--warm:#c2410c}
@media(prefers-color-scheme:dark){:root{--paper:#14171b;--card:#1b1f25;--ink:#e8eaed;--soft:#9aa4b0;--line:#30363e;--ours:#3bc9db;--other:#7c8793;--warm:#ff922b}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.9rem;margin:0}h2{font-size:1.25rem;margin:2.5rem 0 .25rem}
header p,section>p{color:var(--soft);max-width:46rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.75rem;margin:1.5rem 0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.75rem .9rem}
.tile b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums}
.tile span{display:block}.tile i{display:block;color:var(--soft);font-style:normal;font-size:.8rem;min-height:1.2em}
figure{background:var(--card);border:1px solid var(--line);border-radius:.6rem;margin:1rem 0;padding:1rem}
figcaption{color:var(--soft);font-size:.85rem;margin-top:.5rem}
svg{display:block;width:100%;height:auto;max-height:34rem}
svg text{font:12px system-ui,sans-serif;fill:var(--ink)}
svg .tick{fill:var(--soft);font-size:11px}svg .figure{font-variant-numeric:tabular-nums}
svg .label.ours,svg .figure.ours{font-weight:600}
.grid{stroke:var(--line)}.zero{stroke:var(--soft)}
.interval{stroke-width:2.5;opacity:.55}.interval.ours{stroke:var(--ours)}.interval.other{stroke:var(--other)}
.dot.ours{fill:var(--ours)}.dot.other{fill:var(--other)}
.bar{fill:var(--warm);opacity:.75}
.hit{fill:var(--ours)}.miss{fill:var(--warm)}svg .cell{font-size:10px}
.course{fill:none;stroke-linejoin:round}.course.seen{stroke:var(--other);stroke-width:3}.course.ours{stroke:var(--ours);stroke-width:1.6}
.wide{overflow-x:auto;margin:1rem 0}
summary{cursor:pointer;color:var(--soft);margin:1rem 0}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums;white-space:nowrap}
th,td{text-align:left;padding:.25rem .8rem .25rem 0;border-bottom:1px solid var(--line)}th{color:var(--soft);font-weight:500}
`;

/** The page's style: light or dark, as the system is. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f4f6f8;--card:#fff;--ink:#17202a;--soft:#55616e;--rule:#dbe1e7;--ok:#0a6647;--warn:#8a4b00;--bad:#b3211a;--ok-bg:#e3f4ec;--warn-bg:#fdf0dc;--bad-bg:#fdeae8;--left:#1d6a88;--passed:#c3ced8;--edge:#7b8895;--short:#a35c00}
@media (prefers-color-scheme:dark){:root{--bg:#0e1318;--card:#161c23;--ink:#e5eaf0;--soft:#9daab7;--rule:#2a343f;--ok:#63d6a8;--warn:#f2b661;--bad:#ff8d84;--ok-bg:#10291f;--warn-bg:#2e2310;--bad-bg:#331917;--left:#4aa3c4;--passed:#34404c;--edge:#6b7a88;--short:#f2b661}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:.9375rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
header,main,footer{max-width:64rem;margin:0 auto;padding:0 1rem}
header{display:flex;flex-wrap:wrap;align-items:center;gap:.25rem 1rem;padding-top:1rem;padding-bottom:.75rem;color:var(--soft);font-size:.875rem}
main{display:grid;gap:1rem;grid-template-columns:minmax(0,1fr)}
section{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:1rem 1.25rem 1.125rem;min-width:0}
header p:first-child{margin-right:auto}
h1{font-size:1.5rem;font-weight:600;line-height:1.25;margin:.625rem 0 .375rem;text-wrap:balance}
h2{font-size:.9375rem;font-weight:600;margin:0 0 .75rem}
h3{font-size:.875rem;font-weight:600;margin:1.25rem 0 .25rem}
p{margin:0}
p,li,dd{text-wrap:pretty}
header a{display:inline-flex;align-items:center;min-height:2rem;padding:0 .75rem;border:1px solid var(--edge);border-radius:6px;background:var(--card);color:var(--ink);text-decoration:none}
header a:hover{border-color:currentColor}
a:focus-visible,summary:focus-visible{outline:3px solid var(--left);outline-offset:3px;border-radius:3px}
code{font:0.875em ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.badge{display:inline-flex;align-items:center;gap:.45rem;border-radius:99px;padding:.15rem .7rem .15rem .55rem;font-size:.875rem;font-weight:600}
.badge svg{width:.9rem;height:.9rem;fill:currentColor;flex:none}
.ok .badge{background:var(--ok-bg);color:var(--ok)}
.degraded .badge{background:var(--warn-bg);color:var(--warn)}
.down .badge{background:var(--bad-bg);color:var(--bad)}
.verdict{border-left:4px solid var(--ok)}
.verdict.degraded{border-left-color:var(--warn)}
.verdict.down{border-left-color:var(--bad)}
.clock{font-size:clamp(2.25rem,9vw,3.25rem);font-weight:600;line-height:1.1;letter-spacing:-.02em}
.remaining{font-size:1.25rem;line-height:1.2}
.until{color:var(--soft)}
.old :is(.badge,.remaining,.until){display:none}
.age{color:var(--warn)}
.state{margin-top:.75rem}
.reasons{margin:0;padding:0;list-style:none;display:grid;gap:.875rem}
.reasons li{padding-left:.875rem;border-left:3px solid var(--warn);max-width:88ch}
.down .reasons li{border-left-color:var(--bad)}
.reasons li.consequence{border-left-color:var(--rule)}
.action b{display:block;font-weight:600}
.reasons strong{display:block;font-weight:600;text-wrap:balance}
.reasons p{margin-top:.125rem}
.reasons .action{margin-top:.375rem}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(13rem,100%),1fr));gap:.75rem 1.5rem;margin:0}
dl.wide{grid-template-columns:repeat(auto-fill,minmax(min(24rem,100%),1fr))}
dt{color:var(--soft);font-size:.8125rem}
dd{margin:0}
figure{margin:0}
.legend{display:flex;flex-wrap:wrap;gap:.125rem 1rem;color:var(--soft);font-size:.8125rem}
.legend span::before{content:"";display:inline-block;width:1em;height:.75em;margin-right:.4em;border:1px solid var(--edge);forced-color-adjust:none}
.legend .passed::before{background:var(--passed)}
.legend .left::before{background:var(--left)}
.legend .short::before{background:var(--short)}
.bar{display:block;width:100%;height:1.5rem}
.bar .passed{fill:var(--passed)}
.bar .left{fill:var(--left)}
.bar .short{fill:var(--short)}
figcaption{font-size:.875rem;margin:.75rem 0 .25rem}
.ends{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem;color:var(--soft);font-size:.8125rem}
table{border-collapse:collapse;width:100%;font-size:.875rem}
caption{text-align:left;color:var(--soft);font-size:.8125rem;padding-bottom:.375rem}
th,td{text-align:left;vertical-align:top;padding:.375rem .75rem .375rem 0;border-top:1px solid var(--rule)}
thead th{border-top:0;color:var(--soft);font-weight:500;font-size:.8125rem}
tbody th{font-weight:400}
td,th{overflow-wrap:break-word}
td code{overflow-wrap:anywhere}
time{white-space:nowrap}
th time{white-space:normal}
.took{padding-right:0;text-align:right}
.done{color:var(--ok)}
.failed{color:var(--bad)}
details{margin-top:.75rem}
summary{cursor:pointer;font-size:.875rem;color:var(--soft)}
footer{padding-top:1rem;padding-bottom:2rem;color:var(--soft);font-size:.8125rem;display:grid;gap:.25rem}
@media (max-width:30rem){section{padding:.875rem .875rem 1rem}header,main,footer{padding-left:.75rem;padding-right:.75rem}.facts{gap:.375rem}.facts>div{display:grid;grid-template-columns:minmax(0,7.5rem) minmax(min-content,1fr);gap:.75rem;align-items:baseline}.facts dd{font-size:.875rem}table{font-size:.8125rem}th,td{padding-right:.25rem}td code{font-size:.8em}}
@media (pointer:coarse){header a,summary{min-height:2.75rem}summary{padding:.75rem 0}}
@media (forced-colors:active){.badge,.bar{border:1px solid}}
@media print{section,tr{break-inside:avoid}header a,details{display:none}}
`;

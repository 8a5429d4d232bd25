/** The one stylesheet of the pages at the door: light and dark by the reader's own setting, no images, no fonts of others. */
export const style = `
:root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--text:#1a2230;--quiet:#5a6577;--line:#d6dbe3;--main:#1f5fbf;--onmain:#fff;--bad:#a3241b;--badground:#fdeeec;--good:#1c6b3a;--goodground:#e9f6ee;--field:#fff;--fieldline:#868f9e}
@media (prefers-color-scheme:dark){:root{--ground:#12161d;--card:#1b212b;--text:#e6eaf0;--quiet:#9aa6b8;--line:#323b49;--main:#7fb0ff;--onmain:#0d1a2e;--bad:#ff9d94;--badground:#3a1f1e;--good:#8bd8a8;--goodground:#17301f;--field:#12161d;--fieldline:#77839a}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
header{background:var(--card);border-bottom:1px solid var(--line)}
.bar{max-width:62rem;margin:0 auto;padding:.6rem 1rem;display:flex;flex-wrap:wrap;gap:.4rem 1.4rem;align-items:center}
.brand{font-weight:650;color:var(--text);text-decoration:none}
.bar nav{display:flex;gap:.4rem 1.1rem;flex:1 0 auto;flex-wrap:wrap}
.bar nav a[aria-current]{color:var(--text);text-decoration:none;box-shadow:0 2px 0 var(--main)}
.who{color:var(--quiet);font-size:.9rem;overflow-wrap:anywhere}
main{max-width:62rem;margin:0 auto;padding:1.6rem 1rem 4rem}
main.narrow{max-width:27rem;padding-top:min(12vh,6rem)}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .4rem}
h2{font-size:1.12rem;margin:2rem 0 .6rem}
p{margin:.5rem 0}
a{color:var(--main)}
.quiet{color:var(--quiet)}
.small{font-size:.9rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.2rem 1.3rem;margin:1rem 0}
label,legend{display:block;font-weight:600;margin:0 0 .25rem;padding:0}
.field{margin:0 0 1rem}
input[type=text],input[type=email],input[type=password],select{width:100%;max-width:30rem;font:inherit;color:inherit;background:var(--field);border:1px solid var(--fieldline);border-radius:7px;padding:.5rem .6rem}
fieldset{border:0;margin:0 0 1rem;padding:0;min-width:0}
.checks{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:.15rem .8rem}
.choice{font-weight:400;display:flex;gap:.5rem;align-items:baseline;margin:.15rem 0}
.hint{font-weight:400;color:var(--quiet);font-size:.9rem;margin:.2rem 0 0}
button,.button{font:inherit;font-weight:600;border:1px solid var(--main);background:var(--main);color:var(--onmain);border-radius:7px;padding:.45rem .95rem;cursor:pointer;text-decoration:none;display:inline-block}
button.plain,.button.plain{background:transparent;color:var(--main)}
button.risk{background:transparent;color:var(--bad);border-color:var(--bad)}
button.small,.button.small{padding:.22rem .6rem;font-size:.88rem}
.wide{width:100%;text-align:center}
:focus-visible{outline:3px solid var(--main);outline-offset:2px}
.note{border-radius:8px;padding:.6rem .8rem;margin:0 0 1rem;border:1px solid currentcolor}
.bad{color:var(--bad);background:var(--badground)}
.good{color:var(--good);background:var(--goodground)}
.or{display:flex;align-items:center;gap:.8rem;color:var(--quiet);font-size:.9rem;margin:1rem 0}
.or::before,.or::after{content:"";flex:1;border-top:1px solid var(--line)}
.list{list-style:none;margin:0;padding:0}
.list>li{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.9rem 1.1rem;margin:.7rem 0}
.row{display:flex;flex-wrap:wrap;gap:.5rem 1rem;justify-content:space-between;align-items:flex-start}
.row>div:first-child{flex:1 1 20rem;min-width:0}
.row h3{font-size:1rem;margin:0;overflow-wrap:anywhere}
.facts{display:flex;flex-wrap:wrap;gap:.1rem 1.2rem;color:var(--quiet);font-size:.9rem;margin:.2rem 0 0}
.acts{display:flex;gap:.5rem;flex-wrap:wrap}
.acts form{margin:0}
.tag{display:inline-block;border:1px solid currentcolor;border-radius:99px;padding:0 .55rem;font-size:.8rem;font-weight:600;margin-left:.4rem;white-space:nowrap}
.tag.off{color:var(--quiet)}
table{border-collapse:collapse;background:var(--card);border:1px solid var(--line);border-radius:10px;max-width:100%}
caption{text-align:left;color:var(--quiet);font-size:.9rem;margin:0 0 .4rem}
th,td{padding:.35rem .8rem;border-bottom:1px solid var(--line);text-align:right;font-variant-numeric:tabular-nums}
tbody tr:last-child>*{border-bottom:0}
th:first-child{text-align:left}
tbody th{font-weight:400}
.wide-first{width:100%}
.wide-first th:first-child{width:100%;overflow-wrap:anywhere}
.wide-first td,.wide-first thead th+th{white-space:nowrap}
.choices{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;margin:.8rem 0}
.choices a[aria-current]{color:var(--text);font-weight:600;text-decoration:none}
details{margin:.6rem 0 0}
summary{cursor:pointer;color:var(--main);width:fit-content}
details[open]>summary{margin-bottom:.6rem}
pre,.secret{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--ground);border:1px solid var(--line);border-radius:7px;padding:.7rem .8rem;margin:.3rem 0;white-space:pre-wrap;overflow-wrap:anywhere;user-select:all}
code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.copied{display:flex;justify-content:space-between;align-items:baseline;gap:1rem;margin-top:1rem}
.copied strong{overflow-wrap:anywhere}
[hidden]{display:none}
.card>.copied:first-child{margin-top:0}
h1+.note{margin-top:.8rem}
.row p:last-child{margin-bottom:0}
@media (max-width:40rem){th,td{padding:.35rem .5rem}.wide-first tr>:last-child{display:none}.brand{flex:1}.bar form{order:1}.who{flex-basis:100%;order:2}.bar nav{flex-basis:100%;order:3}}
@media print{header,button,.button{display:none}}
`;

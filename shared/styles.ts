/**
 * The one style sheet of the house: system fonts, one accent, logical properties (so that it mirrors by itself),
 * light and dark, print. It is in every page, so that a first visit is one request.
 */
export const STYLES = `
:root{color-scheme:light dark;--ink:#17212b;--quiet:#4d5b68;--paper:#fff;--tint:#f2f5f7;--line:#c9d2d9;--accent:#0b5a6e;--on-accent:#fff;--focus:#ffb000;--good:#0e6b3a;--warn:#8a5200;--bad:#a8201a;--bar:#2a7f97;--bar2:#a9c7d0;--size:1.0625rem}
@media (prefers-color-scheme:dark){:root{--ink:#e8edf0;--quiet:#a9b6c0;--paper:#12181d;--tint:#1c252c;--line:#3c4953;--accent:#7cc7da;--on-accent:#0d1518;--good:#7bd3a0;--warn:#f2bd6b;--bad:#ff9d94;--bar:#66b5ca;--bar2:#35535d}}
*,*::before,*::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:400 var(--size)/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans Arabic","Geeza Pro",Tahoma,Arial,sans-serif;overflow-wrap:break-word}
:lang(ar){line-height:1.75}
h1{font-size:clamp(1.6rem,5vw,2.25rem);line-height:1.2;margin:.25rem 0 .75rem;letter-spacing:-.01em}
h2{font-size:1.35rem;line-height:1.3;margin:2.25rem 0 .6rem}
h3{font-size:1.1rem;margin:1.5rem 0 .4rem}
:lang(ar) :is(h1,h2,h3){letter-spacing:0}
p,ul,ol,dl{margin:0 0 1rem;max-width:42rem}
a{color:var(--accent);text-underline-offset:.15em;text-decoration-thickness:1px}
a:hover{text-decoration-thickness:3px}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:2px}
code,kbd{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
pre{background:var(--tint);border:1px solid var(--line);padding:.75rem 1rem;white-space:pre-wrap;overflow-wrap:anywhere;max-width:100%;direction:ltr;text-align:left}
.wrap{max-width:66rem;margin:0 auto;padding:0 1rem}
.skip{position:absolute;inset-inline-start:-999rem}.skip:focus{position:static;display:block;padding:.75rem 1rem}
.synthetic{background:#ffe08a;color:#2b2200;padding:.5rem 0;font-size:.95rem}.synthetic p{margin:0;max-width:none}
.head{border-block-end:4px solid var(--accent);background:var(--paper)}
.head .wrap{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:center;padding-block:.65rem}
.mark{display:inline-flex;gap:.6rem;align-items:center;font-weight:700;font-size:1.15rem;color:var(--ink);text-decoration:none;margin-inline-end:auto;min-height:44px}
.mark svg{flex:none;color:var(--accent)}
.head nav ul,.langs ul{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;list-style:none;margin:0;padding:0}
.head nav a,.langs a,.head nav button{display:inline-flex;align-items:center;min-height:44px}
.head nav form{margin:0}.link{background:none;border:0;color:var(--accent);font:inherit;text-decoration:underline;text-underline-offset:.15em;padding:0;cursor:pointer}
.langs{font-size:.95rem}.langs [aria-current]{font-weight:700;color:var(--ink);display:inline-flex;align-items:center;min-height:44px}
@media (max-width:30rem){.head .wrap{gap:0 1rem;padding-block:.3rem}.head nav:not(.langs){order:1;flex-basis:100%}.head nav ul{gap:0 1rem;font-size:.97rem}.langs ul{gap:0 .8rem}.head :is(a,button,[aria-current]){min-height:40px}}
.crumbs ol{display:flex;flex-wrap:wrap;gap:.25rem .5rem;list-style:none;margin:1rem 0 0;padding:0;font-size:.95rem;max-width:none}
.crumbs li+li::before{content:"›";color:var(--quiet);margin-inline-end:.5rem}
main{padding-block:1rem 3rem;min-height:50vh}main:focus{outline:none}
.lead{font-size:1.2rem;color:var(--quiet)}
.quiet{color:var(--quiet)}.num{text-align:end;font-variant-numeric:tabular-nums}
.foot{border-block-start:1px solid var(--line);background:var(--tint);font-size:.95rem}.foot .wrap{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;padding-block:1rem;align-items:baseline}.foot p{margin:0}.foot a{display:inline-flex;min-height:32px;align-items:center}
form{margin:0 0 1.5rem;max-width:34rem}
form.inline{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:end;max-width:none}form.inline .field{margin:0}
.field{margin:0 0 1.25rem}
label,legend{display:block;font-weight:600;margin:0 0 .2rem;padding:0}
fieldset{border:0;margin:0 0 1.25rem;padding:0}
.hint{color:var(--quiet);margin:0 0 .35rem;font-size:.97rem}
input:not([type=checkbox]):not([type=radio]):not([type=hidden]),select,textarea{font:inherit;color:inherit;background:var(--paper);border:2px solid var(--quiet);border-radius:3px;padding:.5rem .6rem;width:100%;min-height:44px}
textarea{min-height:8rem}
.check{display:flex;gap:.6rem;align-items:center;min-height:44px;padding-block:.35rem;line-height:1.4}.check label{font-weight:400;margin:0}.check input{width:1.4rem;height:1.4rem;flex:none;accent-color:var(--accent)}
.field.wrong{border-inline-start:4px solid var(--bad);padding-inline-start:.8rem}
.error{color:var(--bad);font-weight:600;margin:0 0 .35rem}
.button,button:not(.link){display:inline-flex;align-items:center;justify-content:center;min-height:44px;padding:.5rem 1.1rem;font:inherit;font-weight:600;line-height:1.3;color:var(--on-accent);background:var(--accent);border:2px solid var(--accent);border-radius:4px;text-decoration:none;cursor:pointer}
.button:hover,button:not(.link):hover{filter:brightness(1.12);text-decoration:underline}
.button.second{background:transparent;color:var(--accent)}
.actions{display:flex;flex-wrap:wrap;gap:.75rem;margin:0 0 1.5rem;align-items:center}.actions form{margin:0}
.notice{border-inline-start:5px solid var(--accent);background:var(--tint);padding:.75rem 1rem;margin:0 0 1.25rem;max-width:42rem}.notice>:last-child{margin-block-end:0}
.notice.success{border-color:var(--good)}.notice.warning{border-color:var(--warn)}.notice.error{border-color:var(--bad)}
.summary{border:4px solid var(--bad);padding:1rem;margin:0 0 1.5rem;max-width:42rem}.summary h2{margin-block-start:0}.summary ul{margin:0;padding-inline-start:1.2rem}details{margin-block:.8rem}
.scroll{overflow-x:auto;margin:0 0 1.5rem;max-width:100%}
table{border-collapse:collapse;width:100%;font-size:1rem}
caption{text-align:start;font-weight:600;padding-block-end:.4rem}caption span{display:block;max-width:calc(100vw - 2rem)}
th,td{text-align:start;padding:.5rem .9rem .5rem 0;padding-inline:0 .9rem;border-block-end:1px solid var(--line);vertical-align:top}
thead th{border-block-end:2px solid var(--quiet);vertical-align:bottom;white-space:nowrap}th.num,td.num{text-align:end;white-space:nowrap}
td form{margin:0}time{white-space:nowrap}
@media (max-width:30rem){:is(td,li,dd) .tag{white-space:normal}th,td{padding-inline-end:.5rem}thead th,th.num{white-space:normal}.stack,.stack :is(caption,tbody,tr){display:block}.stack thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}.stack tr{border-block-end:2px solid var(--line);padding-block:.4rem}.stack td{display:flow-root;border:0;padding:.2rem 0;text-align:end;overflow-wrap:anywhere}.stack td::before{content:attr(data-label);float:inline-start;margin-inline-end:1rem;font-weight:600;text-align:start;max-width:50%}}
.facts{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;max-width:46rem;border-block-start:1px solid var(--line)}
.facts dt,.facts dd{margin:0;padding:.5rem 0;border-block-end:1px solid var(--line)}.facts dt{font-weight:600;padding-inline-end:1rem}
@media (max-width:30rem){.facts{display:block}.facts dt{border:0;padding-block-end:0}.facts dd{padding-block-start:0}}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,17rem),1fr));gap:1rem;list-style:none;padding:0;max-width:none}
.card{border:1px solid var(--line);border-block-start:4px solid var(--accent);border-radius:4px;padding:1rem;background:var(--paper)}
.card h2,.card h3{margin:0 0 .35rem;font-size:1.1rem}.card>:last-child{margin-block-end:0}
.tag{display:inline-block;font-size:.88rem;font-weight:600;line-height:1.5;padding:0 .5rem;border-radius:3px;background:var(--tint);border:1px solid var(--line);white-space:nowrap}
.tag.success{color:var(--good);border-color:currentColor}.tag.warning{color:var(--warn);border-color:currentColor}.tag.error{color:var(--bad);border-color:currentColor}
.pager{display:flex;gap:1.5rem;margin:0 0 1.5rem}.pager a{display:inline-flex;min-height:44px;align-items:center}
.big{font-size:1.8rem;font-weight:700;line-height:1.2;margin:0 0 .5rem}
figure{margin:0 0 1.5rem;max-width:100%}figure svg{display:block;width:100%;height:auto}figcaption{color:var(--quiet);font-size:.95rem}
svg text{fill:var(--quiet);font-family:inherit}
.qr svg{width:11rem;height:11rem;background:#fff;padding:.5rem;border-radius:4px}
@media print{:root{--ink:#000;--quiet:#333;--paper:#fff;--tint:#fff;--accent:#000;--bar:#555;--bar2:#bbb}.head nav,.langs,.crumbs,.foot,.actions,form,h2:has(+form),.skip,.pager,details:not([open]){display:none!important}body{font-size:11pt}a{text-decoration:none;color:inherit}.scroll{overflow:visible}tr,figure{break-inside:avoid}.synthetic{border:1px solid #000;background:#fff}}
`
  .trim()
  .replaceAll("\n", "");

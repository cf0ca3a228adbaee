/// The style sheet of the page, for screens and print, with a light and a dark colour scheme.
enum Style {
  static let text = """
    :root { --paper: #ffffff; --ink: #1c1c1e; --quiet: #5a5a60; --line: #d4d4d8; --wash: #f3f3f5;
      --s0: #0b62a4; --s1: #b3460f; --s2: #17733f; --s3: #8a2f8f; --s4: #7a5c00; --s5: #b0194b; --s6: #3d4fb5; --s7: #4a5560; }
    @media (prefers-color-scheme: dark) {
      :root { --paper: #16161a; --ink: #ececf0; --quiet: #a6a6ae; --line: #3c3c44; --wash: #232329;
        --s0: #6db3f2; --s1: #f2a065; --s2: #6fcf97; --s3: #d998e0; --s4: #e0c060; --s5: #f28aa8; --s6: #a0b0ff; --s7: #b4bec8; } }
    @media print { :root { --paper: #ffffff; --ink: #000000; --quiet: #444444; --line: #bbbbbb; --wash: #f5f5f5; }
      nav { display: none; } section { break-inside: avoid-page; } .scroll { overflow: visible; } }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 62rem; padding: 1rem; background: var(--paper); color: var(--ink);
      font: 1rem/1.5 system-ui, sans-serif; }
    h1 { font-size: 1.6rem; margin: 0.5rem 0; } h2 { font-size: 1.25rem; margin: 2rem 0 0.5rem; }
    h3 { font-size: 1.05rem; margin: 1.2rem 0 0.3rem; }
    a { color: var(--s0); } a:focus-visible, .scroll:focus-visible, .chart:focus-visible, summary:focus-visible { outline: 2px solid var(--s0); }
    nav ul { display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; list-style: none; margin: 0; padding: 0; }
    p.note, caption, figcaption { color: var(--quiet); text-align: left; }
    .scroll { overflow-x: auto; margin: 0.8rem 0; }
    table { border-collapse: collapse; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
    caption { padding: 0.2rem 0; }
    th, td { padding: 0.2rem 0.6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
    th[scope="row"], thead th:first-child, .words { text-align: left; }
    pre { background: var(--wash); padding: 0.8rem; overflow-x: auto; font-size: 0.85rem; }
    figure { margin: 0.8rem 0; } figure.chart { overflow-x: auto; } figure.chart > svg { min-width: 30rem; } figure svg { width: 100%; max-width: 44rem; height: auto; display: block; }
    svg text { fill: var(--ink); font: 12px system-ui, sans-serif; } svg .axis { stroke: var(--line); fill: none; }
    svg .curve { fill: none; stroke-width: 2; } .legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; padding: 0; list-style: none; }
    .legend svg { width: 2rem; height: 0.8rem; display: inline-block; vertical-align: middle; }
    .cards { display: flex; flex-wrap: wrap; gap: 1rem; } figure.card { margin: 0; } .card { background: var(--wash); border-radius: 0.4rem; padding: 0.6rem; }
    .card figcaption { font-size: 0.85rem; } .card svg { width: 11rem; }
    .bars { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: end; font-size: 0.85rem; }
    img.digit { image-rendering: pixelated; width: 3.5rem; height: auto; display: inline-block; vertical-align: middle;
      border: 1px solid var(--line); }
    .strip { display: flex; flex-wrap: wrap; gap: 0.4rem; } .strip figure { margin: 0; width: 4.4rem; font-size: 0.75rem; text-align: center; }
    td.heat, th.heat { text-align: center; min-width: 2.4rem; } .bar { fill: var(--s7); } .bar.true { fill: var(--s2); }
    """
}

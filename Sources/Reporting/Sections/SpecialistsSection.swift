import Datasets

/// Sets of classes that a generalist confuses (paper, section 5).
enum SpecialistsSection {
  static func section(_ findings: Findings, _ judged: Judged?) -> Section? {
    let parts = findings.sets.prefix(3).map { sets -> String in
      let names = (0..<sets.classes).map {
        judged.flatMap { $0.names.count == sets.classes ? $0.names : nil }?[$0] ?? String($0)
      }
      let rows = sets.sets.enumerated().map { number, set -> String in
        let words = set.map { names[$0] }.joined(separator: "  ")
        let pictures = set.compactMap { label -> String? in
          guard let judged, judged.names.count == sets.classes, let row = judged.labels.firstIndex(of: label)
          else {
            return nil
          }
          return judged.picture(row, "a \(names[label])")
        }
        return
          "<tr><th scope=\"row\">\(number)</th><td>\(HTML.escape(words))</td><td>\(pictures.joined(separator: " "))</td></tr>"
      }
      return """
        <div class="scroll" tabindex="0" role="region" aria-label="Sets of \(HTML.escape(sets.path))"><table>
        <caption>\(HTML.escape(sets.path))</caption>
        <thead><tr><th scope="col">set</th><th scope="col">classes</th><th scope="col">first image of each</th></tr></thead>
        <tbody>\(rows.joined(separator: "\n"))</tbody></table></div>
        """
    }
    guard !parts.isEmpty else { return nil }
    return Section(
      id: "specialists", title: "Specialists",
      body: "<p>Classes that are often probable together: each set has a specialist of its own.</p>"
        + parts.joined(separator: "\n"))
  }
}

import Networks
import Stage

/// What specialists add to their generalist, as the paper's tables have it (section 5.5).
package struct PanelStudy: Codable, Sendable {
  /// The examples of the classes that a number of specialists cover (paper, table 4).
  package struct Coverage: Codable, Equatable, Sendable {
    /// Of which a class is one of the special ones.
    package let specialists: Int
    /// Images of these classes.
    package let examples: Int
    /// Of those, errors of the generalist alone.
    package let generalistErrors: Int
    /// Of those, errors of all together.
    package let errors: Int
  }

  /// A specialist and its generalist on the images of its special classes, when only these may be named (paper, table
  /// 3: conditional accuracy).
  package struct Conditional: Codable, Equatable, Sendable {
    /// Its classes.
    package let special: [Int]
    /// Images of these classes.
    package let examples: Int
    /// Errors of the generalist.
    package let generalistErrors: Int
    /// Errors of the specialist.
    package let errors: Int
  }

  /// How many of the generalist's most probable classes choose the specialists.
  package let top: Int
  /// Errors of the generalist alone, on all images.
  package let generalistErrors: Int
  /// Images for which at least one specialist was asked.
  package let asked: Int
  /// By the number of specialists, ascending.
  package let coverage: [Coverage]
  /// One for each specialist, in their order.
  package let conditional: [Conditional]

  /// - Parameters:
  ///   - tally: of a whole set.
  ///   - joint: what the panel together made of the same set.
  package init(_ tally: PanelTally, joint: Evaluation) {
    let (panel, counts) = (tally.panel, tally.counts)
    var covering = [Int](repeating: 0, count: panel.outputs)
    for member in panel.specialists {
      for label in member.labelMap.special ?? [] { covering[label] += 1 }
    }
    top = panel.top
    generalistErrors = counts.generalistErrorsPerClass.reduce(0, +)
    asked = counts.consulted
    coverage = Set(covering).sorted().map { number in
      func sum(_ counts: [Int]) -> Int {
        counts.indices.reduce(0) { covering[$1] == number ? $0 + counts[$1] : $0 }
      }
      return Coverage(
        specialists: number, examples: sum(joint.examplesPerClass),
        generalistErrors: sum(counts.generalistErrorsPerClass), errors: sum(joint.errorsPerClass))
    }
    conditional = zip(panel.specialists, counts.conditional).map { member, counts in
      Conditional(
        special: member.labelMap.special ?? [], examples: counts.examples,
        generalistErrors: counts.generalistErrors, errors: counts.errors)
    }
  }

  /// For people.
  ///
  /// - Parameter name: of a class.
  /// - Returns: by coverage, and by specialist.
  func tables(name: (Int) -> String) -> [Table] {
    func change(_ generalist: Int, _ together: Int, of examples: Int) -> [String] {
      [String(examples), String(generalist), String(together), Format.gain(from: generalist, to: together)]
    }
    let heading = [
      "specialists covering the class", "images", "generalist's errors", "errors", "fewer errors",
    ]
    let covered = coverage.map {
      [String($0.specialists)] + change($0.generalistErrors, $0.errors, of: $0.examples)
    }
    let names = [
      "among the special classes", "images", "generalist's errors", "specialist's errors", "fewer errors",
    ]
    let named = conditional.map {
      [$0.special.map(name).joined(separator: " ")]
        + change($0.generalistErrors, $0.errors, of: $0.examples)
    }
    return [Table([heading] + covered), Table([names] + named)]
  }
}

extension Format {
  /// By how much errors became fewer: `4.40 %`.
  fileprivate static func gain(from old: Int, to new: Int) -> String {
    old > 0 ? percent(Double(old - new) / Double(old)) : "-"
  }
}

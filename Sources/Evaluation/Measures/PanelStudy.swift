import Networks
import Stage

/// The gain by specialists over their generalist, as in the paper's tables 3 and 4 (section 5.5).
package struct PanelStudy: Codable, Sendable {
  /// Errors on the classes that a given number of specialists cover (paper, table 4).
  package struct Coverage: Codable, Equatable, Sendable {
    /// Number of specialists with the class among their special classes.
    package let specialists: Int
    /// Images of these classes.
    package let examples: Int
    /// Errors of the generalist alone on these images.
    package let generalistErrors: Int
    /// Errors of the whole panel on these images.
    package let errors: Int
  }

  /// Errors on the images of a specialist's special classes, with predictions restricted to these (paper, table 3:
  /// conditional accuracy).
  package struct Conditional: Codable, Equatable, Sendable {
    /// The specialist's special classes, ascending.
    package let special: [Int]
    /// Images of these classes.
    package let examples: Int
    /// Errors of the generalist.
    package let generalistErrors: Int
    /// Errors of the specialist.
    package let errors: Int
  }

  /// Number of the generalist's most probable classes that decide which specialists are consulted.
  package let top: Int
  /// Errors of the generalist alone on all images.
  package let generalistErrors: Int
  /// Images for which at least one specialist was consulted.
  package let asked: Int
  /// Errors by coverage, in ascending order of the number of specialists.
  package let coverage: [Coverage]
  /// Errors for each specialist, in the panel's order.
  package let conditional: [Conditional]

  /// - Parameters:
  ///   - tally: counts over a whole set.
  ///   - joint: evaluation of the whole panel on the same set.
  package init(_ tally: PanelTally, joint: Evaluation) {
    let (panel, counts) = (tally.panel, tally.counts)
    // Table 4 of the paper groups images by the number of specialists that cover their true class.
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

  /// Two tables for a terminal.
  ///
  /// - Parameter name: gives the name of a class.
  /// - Returns: one table by coverage and one by specialist.
  func tables(name: (Int) -> String) -> [Table] {
    func change(_ generalist: Int, _ together: Int, of examples: Int) -> [String] {
      [String(examples), String(generalist), String(together), Format.gain(from: generalist, to: together)]
    }
    // Both tables compare the generalist's errors with those after correction by specialists.
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
  /// Relative reduction of errors, such as `4.40 %`.
  fileprivate static func gain(from old: Int, to new: Int) -> String {
    old > 0 ? percent(Double(old - new) / Double(old)) : "-"
  }
}

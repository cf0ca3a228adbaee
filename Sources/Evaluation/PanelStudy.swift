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

    /// - Parameters: as the properties.
    package init(specialists: Int, examples: Int, generalistErrors: Int, errors: Int) {
      self.specialists = specialists
      self.examples = examples
      self.generalistErrors = generalistErrors
      self.errors = errors
    }
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

    /// - Parameters: as the properties.
    package init(special: [Int], examples: Int, generalistErrors: Int, errors: Int) {
      self.special = special
      self.examples = examples
      self.generalistErrors = generalistErrors
      self.errors = errors
    }
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

  /// - Parameters: as the properties.
  package init(
    top: Int, generalistErrors: Int, asked: Int, coverage: [Coverage], conditional: [Conditional]
  ) {
    self.top = top
    self.generalistErrors = generalistErrors
    self.asked = asked
    self.coverage = coverage
    self.conditional = conditional
  }

  /// For people.
  ///
  /// - Parameter name: of a class.
  /// - Returns: rows, the heading first: by coverage, and by specialist.
  func rows(name: (Int) -> String) -> [[[String]]] {
    func change(_ generalist: Int, _ together: Int, of examples: Int) -> [String] {
      [String(examples), String(generalist), String(together), Format.gain(from: generalist, to: together)]
    }
    return [
      [["specialists covering the class", "images", "generalist's errors", "errors", "fewer errors"]]
        + coverage.map { [String($0.specialists)] + change($0.generalistErrors, $0.errors, of: $0.examples) },
      [["among the special classes", "images", "generalist's errors", "specialist's errors", "fewer errors"]]
        + conditional.map {
          [$0.special.map(name).joined(separator: " ")]
            + change($0.generalistErrors, $0.errors, of: $0.examples)
        },
    ]
  }
}

extension Format {
  /// By how much errors became fewer: `4.40 %`.
  fileprivate static func gain(from old: Int, to new: Int) -> String {
    old > 0 ? percent(Double(old - new) / Double(old)) : "-"
  }
}

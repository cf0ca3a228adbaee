import ArgumentParser
import Datasets
import Stage

/// The selection of examples of a set.
package struct SelectionOptions: ParsableArguments {
  @Option(help: "Classes to leave out of the set, such as 3 or 7,8.")
  var omit: String?

  @Option(help: "The only classes to take of the set.")
  var only: String?

  @Option(help: "Share of each class to take, above 0 to 1; which examples is decided by --seed.")
  var fraction: Double?

  /// For the parser.
  package init() {}

  /// The selection that the options describe.
  ///
  /// - Parameter seed: decides which examples make the fraction.
  /// - Returns: the selection.
  /// - Throws: `OptionError.wrongValue`.
  package func selection(seed: Int) throws -> Selection {
    var selection = Selection()
    selection.omitted = Set(try ClassList.read(omit, option: "--omit") ?? [])
    selection.only = try ClassList.read(only, option: "--only").map { Set($0) }
    if let fraction { selection.fraction = fraction }
    selection.seed = UInt64(seed)
    return selection
  }
}

/// Lists of classes in options.
package enum ClassList {
  /// The classes of an option, in its order; nil where it was not given.
  ///
  /// - Throws: `OptionError.wrongValue`.
  package static func read(_ text: String?, option: String) throws -> [Int]? {
    try text.map {
      // Only a rough limit: the library checks whether there are such classes.
      guard let list = NumberList.integers($0, in: 0...1 << 24) else {
        throw OptionError.wrongValue(option: option, expected: "classes such as 3 or 7,8", found: "'\($0)'")
      }
      return list
    }
  }
}

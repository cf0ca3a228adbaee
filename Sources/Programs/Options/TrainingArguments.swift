import ArgumentParser
import Datasets
import Stage
import Training

/// The hyper-parameters as options: one for each row of `Hyperparameter.all`.
package struct HyperparameterOptions: ParsableArguments, CustomReflectable {
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// The given values, by name of the parameter.
  private var given: [String: String] = [:]

  /// For the parser.
  package init() {}

  /// Takes the values of the parser, under the names that the mirror declares.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    for parameter in Hyperparameter.all {
      let option = try container.decode(Option<String?>.self, forKey: Key(stringValue: parameter.name))
      given[parameter.name] = option.wrappedValue
    }
  }

  /// The parser finds the options of a type by reflection, so a table can replace properties.
  package var customMirror: Mirror {
    Mirror(
      self,
      children: Hyperparameter.all.map { parameter in
        let option = Option<String?>(
          name: .customLong(parameter.name),
          help: ArgumentHelp(stringLiteral: parameter.help))
        // With the underscore that a property wrapper puts before the name of its storage; the parser removes it.
        return (label: "_" + parameter.name, value: option)
      })
  }

  /// The given values, and the defaults of `role` for the rest.
  ///
  /// - Throws: `OptionError.wrongValue`.
  func options(_ role: TrainingOptions.Role) throws -> TrainingOptions {
    var options = TrainingOptions(role)
    for parameter in Hyperparameter.all {
      if let text = given[parameter.name] { try parameter.set(text, in: &options) }
    }
    // After all are set, because some values exclude each other.
    try options.check()
    return options
  }

  /// Whether the user named a value.
  func gives(_ name: String) -> Bool { given[name] != nil }
}

/// Options of a training: hyper-parameters, examples, initial weights and seeds.
package struct TrainingArguments: ParsableArguments {
  @OptionGroup(title: "Training") var hyperparameters: HyperparameterOptions

  @Option(
    name: .customLong("init"),
    help: "Model to begin with instead of random weights; its hidden layers are those of the net.")
  var start: String?

  @OptionGroup var selected: SelectionOptions

  @Option(
    help: ArgumentHelp(
      "Train one net for each seed, such as 0-9 or 1,4,7-9, in OUTPUT/seed=K; as many at a time as there are "
        + "threads.", valueName: "list"))
  var seeds: String?

  @Option(
    help:
      "Also write the course of the training to this directory, as TensorBoard shows it; no part of what is made."
  )
  var tensorboard: String?

  /// For the parser.
  package init() {}

  /// The given hyper-parameters, and the defaults of `role` for the rest.
  ///
  /// - Throws: `OptionError`.
  package func options(_ role: TrainingOptions.Role) throws -> TrainingOptions {
    // The model sets both: it has hidden layers, and its weights replace random ones.
    for name in ["hidden", "initial-scale"] where start != nil && hyperparameters.gives(name) {
      throw OptionError.expectedOne(of: ["--init", "--\(name)"])
    }
    return try hyperparameters.options(role)
  }

  /// The selection of examples.
  ///
  /// - Throws: `OptionError.wrongValue`.
  package func selection(seed: Int) throws -> Selection { try selected.selection(seed: seed) }

  /// The seeds of `--seeds`, each once; nil without it.
  ///
  /// - Throws: `OptionError.wrongValue`, `.expectedOne`.
  func seedList() throws -> [Int]? {
    guard let seeds else { return nil }
    guard !hyperparameters.gives("seed") else {
      throw OptionError.wrongValue(option: "--seeds", expected: "a list and no --seed", found: "both")
    }
    guard let list = NumberList.integers(seeds, in: 0...Int.max) else {
      throw OptionError.wrongValue(
        option: "--seeds", expected: "a list such as 0-9 or 1,4,7-9", found: "'\(seeds)'")
    }
    // A repeated seed would be a second run on the same directory, which would find it locked.
    var known: Set<Int> = []
    return list.filter { known.insert($0).inserted }
  }
}

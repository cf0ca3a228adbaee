import Networks
import Stage
import Storage

/// One hyper-parameter of a training: its flag, manifest key, range, help and defaults.
///
/// Flags, help, checks and manifests of all programs are generated from the table `all`.
package struct Hyperparameter: Sendable {
  /// Flag without dashes, and key in a manifest.
  package let name: String
  /// Help text, with the defaults.
  package let help: String
  /// Parses a text into the options.
  private let read: @Sendable (String, inout TrainingOptions) throws -> Void
  /// Value for the manifest; nil if it does not affect the result with these options.
  let value: @Sendable (TrainingOptions) -> JSONValue?
  let setDefault: @Sendable (TrainingOptions.Role, inout TrainingOptions) -> Void

  /// Sets the value from a command line.
  ///
  /// - Throws: `ParameterError.wrongValue`.
  package func set(_ text: String, in options: inout TrainingOptions) throws { try read(text, &options) }

  /// A row of the table.
  ///
  /// - Parameters:
  ///   - name: flag without dashes.
  ///   - path: property of the options.
  ///   - teacher: default for teachers.
  ///   - student: default for students.
  ///   - expected: the allowed values, for error messages.
  ///   - help: help text without a full stop; the defaults are appended.
  ///   - shown: the defaults in words; nil to print the values.
  ///   - parse: returns nil for a value that is not allowed.
  ///   - json: value for the manifest; nil if it does not affect the result with these options.
  private init<Value: Equatable & Sendable>(
    _ name: String, _ path: any WritableKeyPath<TrainingOptions, Value> & Sendable, teacher: Value,
    student: Value,
    expected: String, help: String, shown: String? = nil, parse: @escaping @Sendable (String) -> Value?,
    json: @escaping @Sendable (TrainingOptions) -> JSONValue?
  ) {
    self.name = name
    func text(_ value: Value) -> String {
      (value as? [Int]).map { $0.map(String.init).joined(separator: ",") } ?? "\(value)"
    }
    let defaults =
      shown
      ?? (teacher == student ? text(teacher) : "\(text(teacher)) for teachers, \(text(student)) for students")
    self.help = "\(help) (default: \(defaults))."
    read = { text, options in
      guard let value = parse(text) else {
        throw ParameterError.wrongValue(parameter: name, expected: expected, found: "'\(text)'")
      }
      options[keyPath: path] = value
    }
    value = json
    setDefault = { role, options in options[keyPath: path] = role == .teacher ? teacher : student }
  }

  /// Parses a finite number within a range, for a property that may also be nil.
  ///
  /// - Parameters:
  ///   - text: the number.
  ///   - range: whether a number is allowed.
  /// - Returns: the outer optional is nil for a text that is not allowed; the inner one never is.
  private static func number(_ text: String, in range: (Double) -> Bool) -> Double?? {
    guard let value = Double(text), value.isFinite, range(value) else { return .none }
    return .some(value)
  }

  private static func number(
    _ name: String, _ path: any WritableKeyPath<TrainingOptions, Double> & Sendable, teacher: Double,
    student: Double,
    in range: @escaping @Sendable (Double) -> Bool, _ expected: String, help: String,
    where says: @escaping @Sendable (TrainingOptions) -> Bool = { _ in true }
  ) -> Hyperparameter {
    Hyperparameter(
      name, path, teacher: teacher, student: student, expected: expected, help: help,
      parse: { text in Double(text).flatMap { $0.isFinite && range($0) ? $0 : nil } },
      json: { says($0) ? JSONValue($0[keyPath: path]) : nil })
  }

  private static func integer(
    _ name: String, _ path: any WritableKeyPath<TrainingOptions, Int> & Sendable,
    _ value: (teacher: Int, student: Int),
    in range: ClosedRange<Int>, help: String,
    where says: @escaping @Sendable (TrainingOptions) -> Bool = { _ in true }
  ) -> Hyperparameter {
    Hyperparameter(
      name, path, teacher: value.teacher, student: value.student,
      expected: range.upperBound == .max
        ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)",
      help: help, parse: { text in Int(text).flatMap { range.contains($0) ? $0 : nil } },
      json: { says($0) ? JSONValue($0[keyPath: path]) : nil })
  }

  private static func word<Value: RawRepresentable & CaseIterable & Equatable & Sendable>(
    _ name: String, _ path: any WritableKeyPath<TrainingOptions, Value> & Sendable, teacher: Value,
    student: Value,
    help: String, where says: @escaping @Sendable (TrainingOptions) -> Bool = { _ in true }
  ) -> Hyperparameter where Value.RawValue == String {
    Hyperparameter(
      name, path, teacher: teacher, student: student,
      expected: Value.allCases.map(\.rawValue).joined(separator: " or "), help: help,
      parse: { Value(rawValue: $0) },
      json: { says($0) ? JSONValue($0[keyPath: path].rawValue) : nil })
  }
}

extension Hyperparameter {
  /// All hyper-parameters, in the order of the help.
  package static let all: [Hyperparameter] = [
    Hyperparameter(
      // The two nets of the paper, section 3.
      "hidden", \.hidden, teacher: [1200, 1200], student: [800, 800],
      expected: "sizes of 1 to 65536 such as 800,800, or none", help: "Units of each hidden layer, or none",
      parse: { $0 == "none" ? [] : NumberList.integers($0, in: 1...65536) }, json: { JSONValue($0.hidden) }),
    .number(
      "initial-scale", \.initialScale, teacher: 1, student: 1, in: { $0 >= 0 }, "0 or more",
      help: "Multiplies the initial weights"),
    .word("optimizer", \.optimizer, teacher: .adam, student: .sgd, help: "sgd or adam"),
    Hyperparameter(
      "learning-rate", \.learningRate, teacher: nil, student: nil, expected: "a positive number",
      help: "Peak learning rate", shown: "0.1 for sgd, less for batches below 128; 0.001 for adam",
      parse: { number($0) { $0 > 0 } },
      json: { JSONValue($0.peakRate) }),
    .number(
      "momentum", \.momentum, teacher: 0.9, student: 0.9, in: { (0..<1).contains($0) }, "0 to below 1",
      help: "Momentum of sgd", where: { $0.optimizer == .sgd }),
    .word(
      "schedule", \.schedule, teacher: .cosine, student: .cosine,
      help: "Learning rate after the warm-up: constant, linear or cosine"),
    Hyperparameter(
      "warm-up", \.warmUp, teacher: nil, student: nil, expected: "0 or more epochs",
      help: "Epochs in which the learning rate rises from 0", shown: "1, or half of a short training",
      parse: { number($0) { $0 >= 0 } },
      json: { JSONValue($0.warmUpEpochs) }),
    .integer("epochs", \.epochs, (60, 30), in: 1...1_000_000, help: "Passes over the set"),
    .integer("batch-size", \.batchSize, (128, 128), in: 1...65536, help: "Examples in a step"),
    // As in section 3, only the large net is regularised: by dropout and a limit on its weights (max-norm).
    .number(
      "input-dropout", \.inputDropout, teacher: 0.1, student: 0, in: { (0..<1).contains($0) }, "0 to below 1",
      help: "Share of the inputs that is dropped"),
    .number(
      "hidden-dropout", \.hiddenDropout, teacher: 0.4, student: 0, in: { (0..<1).contains($0) },
      "0 to below 1",
      help: "Share of the hidden units that is dropped"),
    // Masks for a whole minibatch give no more errors (`pipelines/results/dropout`) and take less time.
    .word(
      "dropout", \.dropout, teacher: .batch, student: .batch,
      help: "Whether each example or each minibatch (batch) has dropout masks of its own",
      where: { $0.inputDropout > 0 || $0.hiddenDropout > 0 }),
    .number(
      "max-norm", \.maxNorm, teacher: 2, student: 0, in: { $0 >= 0 }, "0 (no limit) or more",
      help: "Largest norm of a hidden unit's incoming weights, 0 for none"),
    // Gradient descent on a quadratic diverges where the rate times the curvature exceeds 2.
    .number(
      "step-limit", \.stepLimit, teacher: 2, student: 2, in: { $0 >= 0 }, "0 (no limit) or more",
      help:
        "Lowers sgd's learning rate where its product with the loss's curvature would be larger, 0 for nowhere",
      where: { $0.optimizer == .sgd }),
    .number(
      "average-weights", \.averageWeights, teacher: 0.999, student: 0, in: { (0..<1).contains($0) },
      "0 (none) to below 1", help: "Decay of the average of the weights, saved in their place; 0 for none"),
    .integer(
      "early-stopping", \.earlyStopping, (0, 0), in: 0...1_000_000,
      help:
        "Ends after so many epochs without fewer validation errors, and saves the weights of the best; 0 for never",
      where: { $0.earlyStopping > 0 }),
    .integer("seed", \.seed, (0, 0), in: 0...Int.max, help: "Makes all that is random repeatable"),
    .integer(
      "checkpoint-every", \.checkpointEvery, (2000, 2000), in: 1...Int.max,
      help: "Steps between checkpoints, on which the result does not depend",
      where: { _ in false }),
  ]
}

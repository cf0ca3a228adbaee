import Stage
import Storage
import Testing
import Training

@Suite struct HyperparameterTests {
  /// Texts that each may not be, by name.
  private static let refused: [String: [String]] = [
    "hidden": ["0", "-3", "a", "", "3,,4", "65537", "4-2", "800;800", "1.5"],
    "initial-scale": ["-1", "nan", "inf", "x", ""],
    "optimizer": ["SGD", "rmsprop", ""],
    "learning-rate": ["0", "-0.1", "nan", "inf", "1e400", "fast"],
    "momentum": ["1", "-0.1", "nan", "x"],
    "schedule": ["step", ""],
    "warm-up": ["-1", "inf", "nan", "x"],
    "epochs": ["0", "-1", "1.5", "1000001", "x", "99999999999999999999"],
    "batch-size": ["0", "65537", "x"],
    "input-dropout": ["1", "-0.1", "nan"],
    "hidden-dropout": ["1", "1.5", "nan"],
    "dropout": ["none", "Batch"],
    "max-norm": ["-1", "inf", "x"],
    "step-limit": ["-1", "nan", "x"],
    "average-weights": ["1", "-0.5", "nan"],
    "early-stopping": ["-1", "1000001", "x"],
    "seed": ["-1", "0.5", "x", "9223372036854775808"],
    "checkpoint-every": ["0", "-5", "x"],
  ]

  /// Another value than both defaults of each, and how the manifest has it.
  private static let accepted: [String: (text: String, json: JSONValue)] = [
    "hidden": ("30,20", [30, 20]), "initial-scale": ("0.5", 0.5), "optimizer": ("adam", "adam"),
    "learning-rate": ("3e-4", 0.0003), "momentum": ("0.5", 0.5), "schedule": ("linear", "linear"),
    "warm-up": ("0.25", 0.25), "epochs": ("7", 7), "batch-size": ("65536", 65536),
    "input-dropout": ("0.2", 0.2), "hidden-dropout": ("0.3", 0.3), "dropout": ("example", "example"),
    "max-norm": ("3.5", 3.5), "average-weights": ("0.99", 0.99),
    "step-limit": ("0.5", 0.5), "early-stopping": ("3", 3),
    "seed": ("9223372036854775807", .integer(.max)), "checkpoint-every": ("9", 9),
  ]

  @Test func `Each has a name of its own that a flag can have`() {
    let names = Hyperparameter.all.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "-" } && !$0.hasPrefix("-") })
    #expect(Set(names) == Set(Self.refused.keys) && Set(names) == Set(Self.accepted.keys))
  }

  @Test(arguments: Hyperparameter.all.map(\.name))
  func `A value that cannot be is named`(name: String) throws {
    let parameter = try #require(Hyperparameter.all.first { $0.name == name })
    for text in Self.refused[name] ?? [] {
      var options = TrainingOptions(.teacher)
      let error = #expect(throws: ParameterError.self, "\(name) \(text)") {
        try parameter.set(text, in: &options)
      }
      guard case .wrongValue(name, _, "'\(text)'") = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(options == TrainingOptions(.teacher))
    }
  }

  @Test(arguments: Hyperparameter.all.map(\.name))
  func `A value that was set stands in the manifest under its flag`(name: String) throws {
    let parameter = try #require(Hyperparameter.all.first { $0.name == name })
    let (text, json) = try #require(Self.accepted[name])
    // One of the optimiser's says nothing with the other one.
    var options = TrainingOptions(
      ["momentum", "step-limit", "optimizer"].contains(name) ? .student : .teacher)
    let before = options
    try parameter.set(text, in: &options)
    #expect(options != before, "the value is kept nowhere")
    var changed = before.parameters
    // Checkpoints change nothing in a model, so they are no part of its identity.
    if name != "checkpoint-every" { changed[name] = json }
    if name == "optimizer" {
      (changed["momentum"], changed["step-limit"], changed["learning-rate"]) = (nil, nil, 0.001)
    }
    #expect(options.parameters == changed)
  }

  @Test func `The manifest has all that shapes a model and nothing that does not`() {
    let names = Set(Hyperparameter.all.map(\.name)).subtracting(["checkpoint-every"])
    let student = Set(TrainingOptions(.student).parameters.keys)
    #expect(student == names.subtracting(["dropout", "early-stopping"]))
    let teacher = Set(TrainingOptions(.teacher).parameters.keys)
    #expect(teacher == names.subtracting(["momentum", "step-limit", "early-stopping"]))
  }

  @Test func `Teachers and students have the defaults that are published`() {
    let teacher = TrainingOptions(.teacher).parameters
    #expect(
      teacher == [
        "hidden": [1200, 1200], "initial-scale": 1, "optimizer": "adam", "learning-rate": 0.001,
        "schedule": "cosine", "warm-up": 1, "epochs": 60, "batch-size": 128, "input-dropout": 0.1,
        "hidden-dropout": 0.4, "dropout": "batch", "max-norm": 2, "average-weights": 0.999, "seed": 0,
      ])
    let student = TrainingOptions(.student).parameters
    #expect(
      student == [
        "hidden": [800, 800], "initial-scale": 1, "optimizer": "sgd", "learning-rate": 0.1, "momentum": 0.9,
        "schedule": "cosine", "warm-up": 1, "epochs": 30, "batch-size": 128, "input-dropout": 0,
        "hidden-dropout": 0, "max-norm": 0, "step-limit": 2, "average-weights": 0, "seed": 0,
      ])
  }

  @Test func `The help of each says its defaults`() {
    let help = Dictionary(uniqueKeysWithValues: Hyperparameter.all.map { ($0.name, $0.help) })
    for (name, text) in [
      ("hidden", "(default: 1200,1200 for teachers, 800,800 for students)."),
      ("optimizer", "(default: adam for teachers, sgd for students)."),
      ("learning-rate", "(default: 0.1 for sgd, less for batches below 128; 0.001 for adam)."),
      ("epochs", "60 for teachers, 30"),
      ("momentum", "(default: 0.9)."), ("seed", "(default: 0)."), ("schedule", "(default: cosine)."),
    ] {
      #expect(help[name]?.contains(text) == true, "\(name): \(help[name] ?? "")")
    }
    #expect(help.values.allSatisfy { $0.contains("(default: ") && $0.hasSuffix(").") })
  }

  @Test func `Lists may have spaces, and a net may have no hidden layer`() throws {
    let hidden = try #require(Hyperparameter.all.first { $0.name == "hidden" })
    var options = TrainingOptions(.student)
    for (text, sizes) in [
      (" 800 ,  400", [800, 400]), ("12", [12]), ("none", []), ("3-5", [3, 4, 5]),
    ] {
      try hidden.set(text, in: &options)
      #expect(options.hidden == sizes)
    }
  }

  @Test func `A short training warms up for half of it, and none for longer than it lasts`() throws {
    var options = TrainingOptions(.student)
    options.epochs = 1
    #expect(options.warmUpEpochs == 0.5)
    options.epochs = 10
    #expect(options.warmUpEpochs == 1)
    options.warmUp = 10
    try options.check()
    options.warmUp = 10.5
    let expected = ParameterError.wrongValue(
      parameter: "warm-up", expected: "at most the 10 epochs of the training", found: "10.5")
    #expect(throws: expected) { try options.check() }
  }
}

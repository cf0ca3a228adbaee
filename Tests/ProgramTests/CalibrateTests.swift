import Foundation
import Storage
import TestSupport
import Testing

/// Corrected outputs and fidelity against numbers that PyTorch made in double precision (`Tests/Reference`), and what
/// a user meets on the way.
@Suite struct CalibrateTests {
  private let reference: ReferenceImages

  /// With another net's words as soft targets.
  init() throws {
    reference = try ReferenceImages()
    var logits = SafetensorsWriter(metadata: [:])
    logits.add("logits", try reference.fixture.floats("teacher_logits", shape: [64, 5]), shape: [64, 5])
    logits.add("indices", (0..<64).map { UInt32($0) }, shape: [64])
    try AtomicFile.write(try logits.bytes(), to: reference.directory("logits.safetensors"))
    let soften = "dk-soften --logits logits.safetensors --images shards/train --temperatures 4 --output soft"
    try #require(try reference.run(soften).status == 0)
  }

  private struct Object<Results: Decodable>: Decodable {
    let results: Results
  }

  private struct Shifts: Decodable {
    let shifts: [Double]
    let wanted: [Double]
    let after: [Double]
  }

  private func results<Results: Decodable>(_ options: String, _ type: Results.Type) throws -> Results {
    let result = try reference.run(
      "dk-calibrate flat.safetensors --images shards/train \(options) --json --quiet --force --output corrected"
    )
    try #require(result.status == 0, "\(result.standardError)")
    return try JSONDecoder().decode(Object<Results>.self, from: Data(result.standardOutput.utf8)).results
  }

  private func model(_ path: String) throws -> Safetensors { try Safetensors(try bytes(path), path: path) }

  private var priorOption: String {
    get throws { try reference.fixture.floats("prior", shape: [5]).map { "\($0)" }.joined(separator: ",") }
  }

  @Test(arguments: ["prior", "two", "soft_T4"])
  func `Shifts of the biases are PyTorch's`(name: String) throws {
    let options =
      switch name {
      case "prior": "--prior \(try priorOption)"
      case "two": "--prior \(try priorOption) --classes 3,1"
      default: "--soft-targets soft/temperature=4"
      }
    let found = try results(options, Shifts.self)
    let expected = try reference.fixture.floats("shifts.\(name)", shape: [nil])
    let free = name == "two" ? [1, 3] : [0, 1, 2, 3, 4]
    for (place, label) in free.enumerated() {
      #expect(abs(found.shifts[label] - Double(expected[place])) < 1e-4)
      #expect(abs(found.after[label] - found.wanted[label]) < 1e-7)
    }
    for label in 0..<5 where !free.contains(label) { #expect(found.shifts[label] == 0) }
    // What is written is the model with those biases, and nothing else of it has changed.
    let corrected = try model(reference.directory("corrected/model.safetensors"))
    let old = try reference.fixture.floats("layers.0.bias", shape: [5])
    for (label, bias) in try corrected.floats("layers.0.bias", shape: [5]).enumerated() {
      #expect(abs(Double(bias) - Double(old[label]) - found.shifts[label]) < 1e-5)
    }
    #expect(
      try corrected.floats("layers.0.weight", shape: [5, 12])
        == reference.fixture.floats("layers.0.weight", shape: [5, 12]))
  }

  @Test func `The temperature that fits best is PyTorch's and is folded into the last layer`() throws {
    struct Fit: Decodable {
      let temperature: Double
      let nllBefore: Double
      let nllAfter: Double

      enum CodingKeys: String, CodingKey {
        case temperature
        case nllBefore = "nll-before"
        case nllAfter = "nll-after"
      }
    }
    struct Loss: Decodable { let negativeLogLikelihood: Double }
    let fit = try results("--fit temperature", Fit.self)
    #expect(abs(fit.temperature - Double(try reference.fixture.floats("temperature", shape: [1])[0])) < 1e-3)
    #expect(abs(fit.nllAfter - Double(try reference.fixture.floats("nll.fitted", shape: [1])[0])) < 1e-5)
    for (path, expected) in [("flat.safetensors", fit.nllBefore), ("corrected", fit.nllAfter)] {
      let result = try reference.run("dk-evaluate \(path) --images shards/train --json --quiet")
      let found = try JSONDecoder().decode(Loss.self, from: Data(result.standardOutput.utf8))
      #expect(abs(found.negativeLogLikelihood - expected) < 1e-5)
    }
  }

  @Test(arguments: [1, 3])
  func `Fidelity is PyTorch's for any number of threads`(threads: Int) throws {
    struct Report: Decodable {
      struct Fidelity: Decodable {
        let temperature: Double
        let agreeing: Int
        let agreement: Double
        let divergence: Double
      }
      let fidelity: Fidelity?
    }
    func report(_ options: String) throws -> Report {
      let result = try reference.run(
        "dk-evaluate flat.safetensors --images shards/train --threads \(threads) --json --quiet \(options)")
      return try JSONDecoder().decode(Report.self, from: Data(result.standardOutput.utf8))
    }
    let fidelity = try #require(try report("--soft-targets soft/temperature=4").fidelity)
    let agreeing = Int(try reference.fixture.elements("fidelity.agreeing", as: UInt8.self, shape: [1])[0])
    #expect(fidelity.temperature == 4 && fidelity.agreeing == agreeing)
    #expect(abs(fidelity.agreement - Double(agreeing) / 64) < 1e-12)
    #expect(
      abs(fidelity.divergence - Double(try reference.fixture.floats("fidelity.kl_T4", shape: [1])[0])) < 1e-6)
    #expect(try report("").fidelity == nil)
    let table = try reference.run(
      "dk-evaluate flat.safetensors --images shards/train --soft-targets soft/temperature=4")
    #expect(table.standardOutput.contains("KL at T=4"))
  }

  @Test func `The same correction is made once and the same for any number of threads`() throws {
    let command = "dk-calibrate flat.safetensors --images shards/train --prior uniform --output"
    for threads in [1, 3] {
      let result = try reference.run("\(command) c\(threads) --threads \(threads)")
      #expect(result.status == 0, "\(result.standardError)")
    }
    #expect(try digests(reference.directory("c1")) == digests(reference.directory("c3")))
    #expect(try reference.run("\(command) c1").lastErrorLine == "dk-calibrate: up to date")
    let dry = try reference.run("\(command) c4 --dry-run")
    #expect(dry.status == 0 && dry.standardOutput.contains("would be made"))
    #expect(FileSystem.kind(reference.directory("c4")) == nil)
    let other = try reference.run(
      "dk-calibrate flat.safetensors --images shards/train --prior labels --output c1")
    #expect(other.status == 73 && other.lastErrorLine.contains("prior"))
    #expect(try reference.run("dk-inspect --verify c1").status == 0)
  }

  @Test(arguments: [
    ("", 64, "expected one of --soft-targets, --prior"),
    ("--prior uniform --soft-targets soft/temperature=4", 64, "expected one of --soft-targets, --prior"),
    ("--fit temperature --prior uniform", 64, "expected one of --fit temperature, --prior"),
    ("--prior 0.5,0.5", 64, "--prior: expected 5 numbers, one for each class, found 2"),
    ("--prior 1,1,1,1,1", 64, "--prior: expected uniform, labels, or probabilities that sum to 1"),
    ("--prior uniform --classes 5", 64, "--classes: expected classes of 0 to 4, found 5"),
    ("--prior uniform --seed -1", 64, "--seed"),
    ("--prior 0,0.25,0.25,0.25,0.25", 65, "above 0 and below 1 for class 0, found 0.0"),
    ("--prior labels --omit 2", 65, "above 0 and below 1 for class 2, found 0.0"),
    ("--soft-targets soft/logits", 65, "soft targets at a temperature"),
    ("--prior uniform --images soft/logits", 65, "expected images"),
  ])
  func `What cannot be done is one line`(options: String, status: Int32, text: String) throws {
    let images = options.contains("--images") ? "" : " --images shards/train"
    let result = try reference.run("dk-calibrate flat.safetensors\(images) \(options) --output c --quiet")
    #expect(result.status == status && result.lastErrorLine.contains(text), "\(result.standardError)")
    #expect(result.standardError.split(separator: "\n").count == 1)
    #expect(FileSystem.kind(reference.directory("c/manifest.json")) == nil)
  }

  @Test func `Images without labels have the classes of whoever spoke of them`() throws {
    try reference.write("unlabelled", labels: nil)
    try reference.write(
      "other",
      [
        ("layers.0.weight", [Float](repeating: 0.1, count: 36), [3, 12]),
        ("layers.0.bias", [Float](repeating: 0, count: 3), [3]),
      ])
    for command in [
      "dk-ingest unlabelled.safetensors --output unlabelled",
      "dk-soften flat.safetensors --images unlabelled/train --temperatures 4 --output theirs",
      "dk-calibrate other.safetensors --images unlabelled/train --prior uniform --output a",
      "dk-calibrate flat.safetensors --images unlabelled/train --soft-targets theirs/temperature=4 --output b",
    ] {
      let result = try reference.run(command)
      #expect(result.status == 0, "\(command): \(result.standardError)")
    }
    let result = try reference.run(
      "dk-calibrate other.safetensors --images unlabelled/train --soft-targets theirs/temperature=4 --output c"
    )
    #expect(result.status == 65 && result.lastErrorLine.contains("5 classes"), "\(result.standardError)")
  }

  @Test func `A model that is never wrong has no best temperature`() throws {
    // Labels by the model itself.
    let predict = "dk-evaluate flat.safetensors --images shards/train --predictions p.csv --quiet"
    #expect(try reference.run(predict).status == 0)
    var labels = [UInt8](repeating: 0, count: 64)
    let lines = String(decoding: try bytes(reference.directory("p.csv")), as: UTF8.self).split(
      separator: "\n")
    for line in lines.dropFirst() {
      let cells = line.split(separator: ",")
      labels[try #require(Int(cells[0]))] = try #require(UInt8(cells[4]))
    }
    try reference.write("sure", labels: labels)
    #expect(try reference.run("dk-ingest sure.safetensors --classes 5 --output own").status == 0)
    let result = try reference.run(
      "dk-calibrate flat.safetensors --images own/train --fit temperature --output c")
    #expect(result.status == 65 && result.lastErrorLine.contains("no temperature is best"))
  }
}

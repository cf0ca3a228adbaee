import Foundation
import Storage
import TestSupport
import Testing
import Training

/// Runs commands of a pipeline and kills them at random moments, the same ones each time as far as clocks allow.
final class Killer {
  /// Kills over all stages of a test; DK_KILLS asks for more.
  static let kills = Int(ProcessInfo.processInfo.environment["DK_KILLS"] ?? "") ?? 40

  private let pipeline: SmallPipeline
  private var state: UInt64

  init(_ pipeline: SmallPipeline, seed: UInt64) {
    self.pipeline = pipeline
    state = seed
  }

  /// Appends a kill to the file that DK_KILLS_LOG names, for `pipelines/checks/kills.sh` to count.
  private static func record(_ command: String) {
    guard let path = ProcessInfo.processInfo.environment["DK_KILLS_LOG"], let file = fopen(path, "a") else {
      return
    }
    fputs(command + "\n", file)
    fclose(file)
  }

  /// SplitMix64.
  func random() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  /// Microseconds that a command takes from where things stand.
  func duration(of command: String) throws -> Double {
    let whole = try ContinuousClock().measure { _ = try pipeline.run(command) }
    return Double(whole.components.attoseconds) / 1e12 + Double(whole.components.seconds) * 1e6
  }

  /// Starts a command and kills it.
  ///
  /// - Parameters:
  ///   - command: a program and its arguments.
  ///   - span: microseconds within which it is killed.
  ///   - signal: that is sent.
  /// - Returns: its status; minus the signal if it was killed before its end.
  /// - Throws: where the program cannot be started.
  func strike(_ command: String, within span: Double, signal: Int32 = SIGKILL) throws -> Int32 {
    let words = command.split(separator: " ").map(String.init)
    let program = try Program(words[0], Array(words.dropFirst()), in: pipeline.directory.path)
    try program.start()
    usleep(UInt32(Double(random() % 1000) / 1000 * span))
    program.send(signal: signal)
    let status = program.finish().status
    if status == -signal { Self.record(command) }
    return status
  }
}

extension SmallPipeline {
  /// Digests of what an output holds that is neither of a run under way nor of the user.
  func data(_ output: String) throws -> [String: Digest] {
    let passing: Set<String> = ["plan.json", "checkpoint.safetensors.zst", "NOTES.md"]
    return try TestSupport.digests(directory(output)).filter { !passing.contains(FileSystem.name($0.key)) }
  }

  /// Names in an output, and beside it, that only a run under way has.
  func remains(_ output: String) throws -> [String] {
    let names = try FileSystem.list(directory(output)) + FileSystem.list(directory.path)
    return names.filter {
      ["plan.json", "checkpoint.safetensors.zst"].contains($0) || $0.hasSuffix(".next")
        || AtomicFile.isTemporary($0)
    }
  }

  /// The log of a training, of which every line must be an entry.
  func entries(_ output: String) throws -> [TrainingLogEntry] {
    try bytes(directory(output + "/log.jsonl")).split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(TrainingLogEntry.self, from: Data($0))
    }
  }

  /// Epochs in the log of an output, line by line.
  func epochs(_ output: String) throws -> [Int] { try entries(output).map(\.epoch) }
}

extension SmallPipeline {
  /// Starts a training and kills it when it has written a checkpoint and some epochs to its log.
  ///
  /// - Parameters:
  ///   - command: a program and its arguments.
  ///   - output: of the training.
  ///   - epochs: lines of the log.
  /// - Throws: where the program cannot be started.
  func kill(_ command: String, output: String, epochs: Int) throws {
    let words = command.split(separator: " ").map(String.init)
    let program = try Program(words[0], Array(words.dropFirst()), in: directory.path)
    try program.start()
    while program.isRunning {
      let found = (try? bytes(directory(output + "/log.jsonl")).count { $0 == 10 }) ?? 0
      if found >= epochs, FileSystem.kind(directory(output + "/checkpoint.safetensors.zst")) != nil { break }
      usleep(500)
    }
    program.send(signal: SIGKILL)
    #expect(program.finish().status == -SIGKILL)
  }
}

import Datasets
import Training
import Machine
import Networks
import Stage
import Storage
import TestSupport
import Testing

/// What a training takes of the memory, and gives back.
@Suite struct TrainingMemoryTests {
  private final class Observer: TrainingObserver {
    func begin(after entries: [TrainingLogEntry]) {}
    func add(_ entry: TrainingLogEntry) {}
  }

  private let space: ImageSpace
  private let set: ImageSet
  private let held: ImageSet

  init() throws {
    space = try ImageSpace()
    let labels = (0..<160).map { $0 * 7 % 4 }
    let source = try space.source(labels: labels)
    // Distorted copies are made of what is learnt from, and of nothing else.
    set = try space.ingest(source) {
      ($0.shardSize, $0.jitter, $0.copies, $0.validation) = (32, 1, 2, 40)
    }[0]
    held = try space.ingest(source, to: "clean") { $0.validation = 40 }[1]
  }

  private func plan(windowBytes: Int = ExampleStream.windowBytes) throws -> Training {
    var options = TrainingOptions(.student)
    (options.hidden, options.epochs, options.batchSize, options.averageWeights) = ([70, 5], 4, 16, 0.9)
    return try Training(
      stage: "dk-test", role: .baseline,
      stream: ExampleStream(images: set, softTargets: nil, seed: 1, windowBytes: windowBytes),
      validation: held, objective: HardTargetLoss(), options: options)
  }

  private func train(
    _ training: Training, _ name: String, _ budget: MemoryBudget, _ observer: Observer? = nil
  )
    throws -> [UInt8]
  {
    let output = space.directory(name)
    let directory = try OutputDirectory(training.plan, OutputRequest(output: output), threads: 1)
    try directory.begin()
    let progress = ProgressMeter(name, total: 0, unit: "images", console: ImageSpace.console)
    _ = try training.train(
      into: directory, name: name, threads: 1, progress: progress, console: ImageSpace.console,
      observer: observer, budget: budget)
    return try bytes(FileSystem.join(output, Network.fileName))
  }

  /// A set that fits in one window, and one of several.
  @Test(arguments: [ExampleStream.windowBytes, 50 * ImageSpace.inputs])
  func `The model is the same with much memory and with just enough`(windowBytes: Int) throws {
    let training = try plan(windowBytes: windowBytes)
    let needed = training.neededBytes(threads: 1)
    let much = try train(training, "much", MemoryBudget(bytes: 1 << 30))
    #expect(try train(training, "little", MemoryBudget(bytes: needed)) == much)
    let fault = MachineError.tooLittleMemory(
      name: training.architectureName, needed: needed, available: needed - 1)
    #expect(throws: fault) { try train(training, "less", MemoryBudget(bytes: needed - 1)) }
  }

  @Test func `A run ends with its training, though the training stays`() throws {
    let training = try plan()
    weak var observer: Observer?
    do {
      let own = Observer()
      observer = own
      // Held by the run beside its buffers and windows.
      _ = try train(training, "run", MemoryBudget(bytes: 1 << 30), own)
    }
    #expect(observer == nil)
    #expect(training.plan.outputs.count == 1)
  }
}

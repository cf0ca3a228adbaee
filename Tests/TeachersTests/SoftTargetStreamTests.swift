import Datasets
import Stage
import Storage
import Teachers
import TestSupport
import Testing

/// A teacher whose logits are the origin of what it sees.
private struct TellingTeacher: LogitSource {
  let inputs: [Plan.Input] = []
  let teachers = [Digest(of: [1])]
  let labelMap = LabelMap(classes: 4)

  func logits(of shard: ImageShard, path: String) -> [Float] {
    (0..<shard.count).flatMap { row -> [Float] in
      let origin = shard.origins[row]
      let shift = Shift(variant: origin.variant)
      return [Float(origin.index), Float(shift.dy), Float(shift.dx), -1]
    }
  }
}

/// Images and what teachers said of them, on their way to a student.
@Suite struct SoftTargetStreamTests {
  private static let labels = (0..<120).map { $0 * 7 % 4 }
  private let space: ImageSpace

  init() throws { space = try ImageSpace() }

  private func logits(of set: ImageSet, name: String = "logits") throws -> SoftTargetSet {
    let stage = LogitStage(TellingTeacher(), images: set, stage: "dk-test")
    _ = try stage.stage.make(
      OutputRequest(output: space.directory(name)), threads: 2, console: ImageSpace.console)
    return try SoftTargetSet(space.directory(name))
  }

  private static func selections() -> [Selection] {
    var some = Selection()
    (some.omitted, some.fraction) = ([2], 0.5)
    return [Selection(), some]
  }

  @Test(arguments: selections(), [1, 3])
  func `Each image keeps its soft targets`(selection: Selection, windows: Int) throws {
    let set = try space.set(labels: Self.labels) { ($0.jitter, $0.copies, $0.shardSize) = (1, 2, 16) }
    let bytes = (120 + windows - 1) / windows * (ImageSpace.inputs + 16)
    let stream = try ExampleStream(
      images: set, softTargets: logits(of: set), selection: selection, seed: 1, windowBytes: bytes)
    for epoch in 0..<3 {
      #expect(stream.windowCount(epoch: epoch) == windows)
      var seen = 0
      for number in 0..<windows {
        let window = try stream.load(epoch: epoch, window: number, threads: 2)
        let targets = try #require(window.targets)
        #expect(targets.count == window.order.count * 4)
        for row in 0..<window.order.count {
          let start = row * ImageSpace.inputs
          let (index, shift) = ImageSpace.origin(of: window.features.bytes[start..<start + ImageSpace.inputs])
          #expect(targets[row * 4..<row * 4 + 4] == [Float(index), Float(shift.dy), Float(shift.dx), -1])
          #expect(window.labels?[row] == UInt32(Self.labels[Int(index)]))
        }
        seen += window.order.count
      }
      #expect(seen == (selection.isAll ? 120 : 45))
    }
  }

  @Test func `Soft targets of other classes or of other images are refused`() throws {
    let set = try space.set(labels: Self.labels) { $0.shardSize = 16 }
    let logits = try logits(of: set)
    let wide = try space.set(labels: Self.labels, name: "wide") { ($0.classes, $0.shardSize) = (7, 16) }
    let other = InputError.mismatch(
      path: logits.path, expected: "7 classes", like: wide.path, found: "4")
    #expect(throws: other) { try ExampleStream(images: wide, softTargets: logits, seed: 1) }
    let moved = try space.set(labels: Self.labels, name: "moved") { ($0.seed, $0.shardSize) = (8, 16) }
    let stream = try ExampleStream(images: moved, softTargets: logits, seed: 1)
    let error = #expect(throws: InputError.self) { try stream.load(epoch: 0, window: 0) }
    guard case .otherRow(_, _, 0, _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `Images without labels have the classes of their soft targets`() throws {
    let set = try space.set(labels: Self.labels, isLabelled: false) { $0.shardSize = 16 }
    let stream = try ExampleStream(images: set, softTargets: logits(of: set), seed: 1)
    #expect(stream.outputs == 4 && !stream.isLabelled)
    let window = try stream.load(epoch: 0, window: 0)
    #expect(window.labels == nil && window.targets?.count == 480)
  }
}

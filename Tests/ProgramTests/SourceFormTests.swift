import Datasets
import Foundation
import Stage
import Storage
import TestSupport
import Testing

/// Images and labels in the forms that people have, written by the packages that they write them with
/// (`Tests/Reference/write_forms.py`), give the same pixels and labels.
@Suite(.enabled(if: python != nil, "needs DK_PYTHON; pipelines/test.sh sets it"))
struct SourceFormTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    let result = try Program.run(
      "\(python ?? "") \(reference("write_forms.py")) \(directory.path)", in: directory.path)
    guard result.status == 0 else {
      throw PipelineFailed(command: "write_forms.py", line: result.standardError)
    }
  }

  private func ingest(_ words: String) throws -> Program.Result {
    try FileSystem.remove(directory("shards"))
    return try Program.run("dk-ingest \(words) --order source --output shards", in: directory.path)
  }

  /// The set that a command makes: pixels, labels, positions in the source.
  private func made(_ words: String) throws -> (
    images: [UInt8], labels: [UInt8]?, indices: [UInt32], set: ImageSet
  ) {
    let result = try ingest(words)
    guard result.status == 0 else { throw PipelineFailed(command: words, line: result.lastErrorLine) }
    let set = try ImageSet(directory("shards/train"))
    let shard = try set.read(set.shards[0])
    return (
      shard.features.bytes, shard.labels?.map { UInt8($0) },
      (0..<shard.count).map { shard.origins[$0].index }, set
    )
  }

  private func raw(_ name: String) throws -> [UInt8] { try bytes(directory(name + ".raw")) }

  @Test func `Grey images and labels of every form`() throws {
    for words in [
      "grey.npy labels.idx", "grey-first.npy labels.idx", "grey-last.npy labels.idx", "grey.idx labels.idx",
      "grey-first.idx labels.idx", "grey.safetensors", "grey-first.safetensors", "keras.npz", "packed.npz",
      "keras.npz#x_train keras.npz#y_train", "several.safetensors#images several.safetensors#names",
      "grey.npy labels-int8.npy", "grey.npy labels-uint16.npy", "grey.npy labels-int16.npy",
      "grey.npy labels-uint32.npy", "grey.npy labels-int32.npy", "grey.npy labels-uint64.npy",
      "grey.npy labels-int64.npy", "grey.npy labels-big-i4.npy", "grey.npy labels-big-i8.npy",
      "grey.npy labels-column.npy", "grey.npy labels-float-hot.npy", "grey.npy labels-bool-hot.npy",
      "grey.npy labels-int-hot.npy", "grey.npy labels-table.npy --label-column 5",
      "grey.npy labels-table.idx --label-column 5",
    ] {
      let made = try made(words)
      #expect(try made.images == raw("grey") && made.labels == raw("labels"), "\(words)")
      #expect(made.set.shape == ImageShape(rows: 5, columns: 6))
    }
  }

  @Test func `Colour images in either order of axes`() throws {
    for words in [
      "colour-last.npy labels.idx", "colour-first.npy labels.idx", "colour-last.idx labels.idx",
      "colour-first.idx labels.idx", "colour-first.safetensors",
      "several.safetensors#pictures several.safetensors#names",
      "colour-first.npy labels.idx --channels first",
    ] {
      let made = try made(words)
      #expect(try made.images == raw("colour") && made.labels == raw("labels"), "\(words)")
      #expect(made.set.shape == ImageShape(rows: 5, columns: 6, channels: 3))
    }
  }

  @Test func `A folder of PNG files has a class for each folder`() throws {
    for kind in ["grey", "colour"] {
      let made = try made("\(kind)-folder")
      #expect(made.set.labelMap.names == ["ape", "bee", "cat"])
      // By class, then by name.
      let (whole, labels) = (try raw(kind), try raw("labels"))
      let order = labels.indices.sorted { (labels[$0], $0) < (labels[$1], $1) }
      let size = whole.count / labels.count
      #expect(made.images == order.flatMap { whole[$0 * size..<($0 + 1) * size] })
      #expect(made.labels == order.map { labels[$0] })
      #expect(try Program.run("dk-inspect --verify shards/train", in: directory.path).status == 0)
      // A file more, and the set is stale.
      try AtomicFile.write(
        try bytes(directory("\(kind)-folder/ape/00.png")), to: directory("\(kind)-folder/cat/z.png"))
      let verified = try Program.run("dk-inspect --verify shards/train", in: directory.path)
      #expect(
        verified.status == 65 && verified.standardOutput.contains("stale"), "\(verified.standardOutput)")
    }
  }

  @Test func `PNG files right in a folder have no labels and mixed ones are in colour`() throws {
    let flat = try made("flat-folder")
    #expect(try flat.images == raw("grey") && flat.labels == nil)
    let mixed = try made("mixed-folder")
    #expect(try mixed.images == raw("mixed") && mixed.labels == nil)
    #expect(mixed.set.shape.channels == 3)
  }

  @Test func `Flat rows are square images or lines`() throws {
    let made = try made("grey-flat.npy labels.idx")
    #expect(made.set.shape == ImageShape(rows: 1, columns: 30))
    #expect(try made.images == raw("grey"))
  }

  @Test func `Images that nobody has labelled are left out or taken without labels`() throws {
    let refused = try ingest("grey.npy labels-some.npy")
    #expect(refused.status == 65 && refused.lastErrorLine.contains("3 of 12"), "\(refused.standardError)")
    let dropped = try made("grey.npy labels-some.npy --unlabelled drop")
    #expect(dropped.indices == [0, 1, 2, 4, 5, 6, 8, 9, 10] && dropped.labels?.count == 9)
    let all = try made("grey.npy labels-some.npy --unlabelled ignore")
    #expect(all.indices.count == 12 && all.labels == nil)
    #expect(try made("grey.npy labels-none.npy").labels == nil)
    #expect(try made("grey.npy").labels == nil)
  }

  @Test func `Two arrays of a file are two sources`() throws {
    let train = try made("keras.npz").set.directory.manifest
    let test = try made("keras.npz#x_test keras.npz#y_test").set.directory.manifest
    // An index alone would be two images.
    #expect(train.sources != test.sources && train.recipe.inputs == test.recipe.inputs)
    #expect(train.parameters != test.parameters)
    #expect(try Program.run("dk-inspect --verify shards/train", in: directory.path).status == 0)
  }

  @Test func `What is not taken is one line that says what to do`() throws {
    for (words, expected) in [
      ("fortran.npy", "ascontiguousarray"), ("floats.npy", "(images * 255).round()"),
      ("objects.npy", "numbers, as"),
      ("ambiguous.npy", "--channels"), ("keras.npz#z", "z"),
      ("grey.npy labels-two-hot.npy", "--label-column"),
      ("grey.npy labels-table.npy", "--label-column"),
      ("grey.npy labels-float.npy", "astype('int64')"),
      ("grey.npy labels-table.npy --label-column 8", "0 to 7"),
      ("grey.npy --label-column 0", "--label-column"),
      ("empty.npy", "at least one row"), ("vast.npy", "at least one row"), ("larger.npy", "a shape of"),
      ("odd.npy", "a shape such as"), ("sizes-folder", "5x6 pixels"), ("clear-folder", "seen through"),
      ("deep-folder", "found 16"),
      ("broken-folder", "1.png"), ("jpeg-folder", "a JPEG image"), ("grey-folder labels.idx", "LABELS"),
      (".", "PNG file"), ("grey.npy colour-last.npy", "labels [n]"),
    ] as [(String, String)] {
      if words == "." { try FileSystem.createDirectory(directory("empty")) }
      let result = try ingest(words == "." ? "empty" : words)
      #expect(
        [64, 65].contains(result.status) && result.lastErrorLine.contains(expected), "\(result.standardError)"
      )
      // What a header does not tell is found when the image is decoded.
      guard !["clear-folder", "broken-folder"].contains(words) else { continue }
      #expect(result.standardError.split(separator: "\n").count == 1)
      #expect(try FileSystem.type(directory("shards")) == nil)
    }
  }

  @Test func `A damaged file is never a trap`() throws {
    for name in ["grey.npy", "packed.npz", "keras.npz", "grey-folder/ape/00.png"] {
      let whole = try bytes(directory(name))
      var state: UInt64 = 7
      for round in 0..<60 {
        var damaged = whole
        state = state &* 6_364_136_223_846_793_005 &+ 1
        if round % 3 == 0 {
          damaged = Array(damaged.prefix(Int(state >> 33) % whole.count))
        } else {
          // The first bytes hold what decides about memory.
          let place = Int(state >> 33) % (round % 3 == 1 ? min(128, whole.count) : whole.count)
          damaged[place] ^= UInt8(truncatingIfNeeded: state >> 24) | 1
        }
        try AtomicFile.write(damaged, to: directory(name))
        let folder = name.hasSuffix(".png")
        let status = try ingest(folder ? "grey-folder" : name).status
        #expect([0, 64, 65].contains(status), "\(name), round \(round): \(status)")
      }
    }
  }
}

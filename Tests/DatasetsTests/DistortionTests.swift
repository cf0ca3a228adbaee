import CounterRandom
import Datasets
import Foundation
import Stage
import Storage
import TestSupport
import Testing

/// A distortion that is no shift: half of the images are mirrored, by a number that their index and a key give. The key
/// comes from the seed and the copy, and is the variant.
private struct Mirror: Distortion {
  let parameters: [String: JSONValue] = ["mirror": true]
  let copyLimit: Int? = nil

  func variants(of indices: [UInt32], copies: Int, seed: UInt64) -> [[UInt32]] {
    let random = CounterRandom(seed: seed, purpose: .jitter)
    return (0..<copies).map { copy in
      [UInt32](repeating: random.words(UInt32(copy))[0] | 1, count: indices.count)
    }
  }

  func distorted(
    _ images: [UInt8], indices: [UInt32], variants: [UInt32], shape: ImageShape, background: [UInt8]
  ) -> [UInt8] {
    variants.indices.flatMap { row -> [UInt8] in
      let image = images[row * shape.count..<(row + 1) * shape.count]
      guard Self.isMirrored(indices[row], variants[row]) else { return Array(image) }
      return (0..<shape.rows).flatMap { line in
        (0..<shape.columns).reversed().flatMap { column in
          let pixel = image.startIndex + (line * shape.columns + column) * shape.channels
          return image[pixel..<pixel + shape.channels]
        }
      }
    }
  }

  static func isMirrored(_ index: UInt32, _ variant: UInt32) -> Bool {
    CounterRandom(seed: UInt64(variant), purpose: .jitter).words(index)[0] % 2 == 0
  }
}

/// `Distortion` as the only thing that a new distortion has to be.
@Suite struct DistortionTests {
  private static let labels = (0..<60).map { $0 % 3 }
  private let space: ImageSpace

  init() throws { space = try ImageSpace() }

  private func mirrored(_ name: String, threads: Int = 2, copies: Int = 3) throws -> ImageSet {
    try space.ingest(space.source(labels: Self.labels), to: name, threads: threads) {
      ($0.distortion, $0.copies, $0.shardSize, $0.seed) = (Mirror(), copies, 16, 5)
    }[0]
  }

  @Test func `Every copy has every image once, mirrored as its variant says`() throws {
    let set = try mirrored("mirrored")
    #expect(set.copies.count == 3 && set.directory.manifest.parameters["distortion"] == ["mirror": true])
    var variants: Set<UInt32> = []
    var mirrored = 0
    for copy in set.copies {
      var seen: Set<UInt32> = []
      for entry in copy {
        let shard = try set.read(entry)
        variants.formUnion(shard.origins.variants)
        for row in 0..<shard.count {
          let (index, variant) = (shard.origins.indices[row], shard.origins.variants[row])
          seen.insert(index)
          let plain = ImageSpace.picture(Int(index))
          let isMirrored = Mirror.isMirrored(index, variant)
          mirrored += isMirrored ? 1 : 0
          // Pixels of four channels: the first of a line comes last.
          let first = Array(shard.features[row].prefix(4))
          #expect(first == Array(isMirrored ? plain[8..<12] : plain[0..<4]))
        }
      }
      #expect(seen == Set(0..<60))
    }
    #expect(variants.count == 3 && !variants.contains(0) && (50...130).contains(mirrored))
  }

  @Test func `Neither threads nor more copies change a byte`() throws {
    _ = try mirrored("one", threads: 1)
    _ = try mirrored("four", threads: 4)
    _ = try mirrored("more", copies: 5)
    let (one, four) = (try digests(space.directory("one/train")), try digests(space.directory("four/train")))
    #expect(one == four)
    let more = try digests(space.directory("more/train"))
    for (name, digest) in one where name != Manifest.fileName { #expect(more[name] == digest, "\(name)") }
  }

  @Test func `Soft targets join a distorted set by source, index and variant`() throws {
    let (set, other) = (try mirrored("mirrored"), try space.set(labels: Self.labels))
    var shard = try set.read(set.shards[0])
    let targets = SoftTargetShard(
      content: .logits([Float](repeating: 0, count: shard.count), teachers: 1), classes: 1,
      origins: shard.origins, provenance: .init(imageShard: set.shards[0].sha256, teachers: []))
    try targets.checkJoin(shard, sha256: set.shards[0].sha256, path: "soft", imagePath: "images")
    // The same images in the same order, not mirrored.
    shard = ImageShard(
      shard.features, labels: nil,
      origins: RowOrigins(source: shard.origins.source, indices: shard.origins.indices))
    let error = #expect(throws: InputError.self) {
      try targets.checkJoin(shard, sha256: set.shards[0].sha256, path: "soft", imagePath: "images")
    }
    #expect(error?.description.contains("variant") == true)
    #expect(other.directory.manifest.parameters["distortion"] == nil)
  }
}

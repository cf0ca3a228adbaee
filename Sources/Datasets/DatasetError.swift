import Storage

/// What can be wrong with images, labels and soft targets.
package enum DatasetError: Failure, Equatable {
  /// Where a row came from: its position in the source, and its shift in pixels.
  package struct Row: Equatable, Sendable, CustomStringConvertible {
    package let index: Int
    package let shift: [Int]

    package init(index: Int, shift: [Int]) {
      self.index = index
      self.shift = shift
    }

    package var description: String { "image \(index) shifted by (\(shift[0]), \(shift[1]))" }
  }

  case countsDiffer(images: String, imageCount: Int, labels: String, labelCount: Int)
  case labelOutOfRange(path: String, row: Int, label: Int, classes: Int)
  case noExamples(path: String)
  case imagesDiffer(path: String, expected: [Int], found: [Int])
  case otherImages(softTargets: String, images: String, row: Int, softRow: Row, imageRow: Row)
  case otherImageShard(softTargets: String, images: String, expected: String, found: Digest)
  case otherCount(softTargets: String, images: String, softCount: Int, imageCount: Int)
  case missingRow(softTargets: String, images: String, row: Int, image: Row)
  case missingShard(softTargets: String, images: String)
  case otherClasses(path: String, expected: Int, found: Int)
  case notProbabilities(path: String, row: Int, sum: Double)
  case notFinite(path: String, row: Int)
  case wrongOption(String)

  package var kind: FailureKind {
    if case .wrongOption = self { .usage } else { .badData }
  }

  package var description: String {
    switch self {
    case .countsDiffer(let images, let imageCount, let labels, let labelCount):
      "\(labels): expected \(imageCount) labels, as many as images in \(images), found \(labelCount); "
        + "give files that belong together"
    case .labelOutOfRange(let path, let row, let label, let classes):
      "\(path): label of row \(row): expected 0 to \(classes - 1), found \(label); "
        + "repair the labels or raise --classes"
    case .noExamples(let path): "\(path): expected at least one example, found none"
    case .imagesDiffer(let path, let expected, let found):
      "\(path): expected images of \(expected[0])x\(expected[1]), found \(found[0])x\(found[1])"
    case .otherImages(let softTargets, let images, let row, let softRow, let imageRow):
      "\(softTargets): soft targets of other images: row \(row): expected \(imageRow) as in \(images), "
        + "found \(softRow); make them from these images with dk-soften"
    case .otherImageShard(let softTargets, let images, let expected, let found):
      "\(softTargets): soft targets of other images: made from a shard with SHA-256 \(expected.prefix(12)), "
        + "found \(found.short) in \(images); make them from these images with dk-soften"
    case .otherCount(let softTargets, let images, let softCount, let imageCount):
      "\(softTargets): soft targets of other images: expected \(imageCount) rows as in \(images), "
        + "found \(softCount); first row that differs: \(min(softCount, imageCount))"
    case .missingRow(let softTargets, let images, let row, let image):
      "\(softTargets): no logits for \(image), row \(row) of \(images); compute them for every image"
    case .missingShard(let softTargets, let images):
      "\(softTargets): no soft targets for \(images); make them from these images with dk-soften"
    case .otherClasses(let path, let expected, let found):
      "\(path): expected \(expected) classes, found \(found)"
    case .notProbabilities(let path, let row, let sum):
      "\(path): row \(row): expected probabilities that sum to 1, found a sum of \(sum)"
    case .notFinite(let path, let row):
      "\(path): row \(row): expected finite numbers, found NaN or infinity"
    case .wrongOption(let reason): reason
    }
  }
}

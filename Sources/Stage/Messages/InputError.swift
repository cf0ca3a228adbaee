import Storage

/// Errors in the content of a stage's inputs whose files are intact.
package enum InputError: Failure, Equatable {
  /// `like`: the input whose value is expected; nil if the program itself expects it.
  case mismatch(path: String, expected: String, like: String?, found: String)
  case countsDiffer(images: String, imageCount: Int, labels: String, labelCount: Int)
  case labelOutOfRange(path: String, row: Int, label: Int, classes: Int)
  case noExamples(path: String, of: String)
  case noLabels(path: String)
  /// Some labels are -1 and others are not.
  case someUnlabelled(path: String, count: Int, of: Int)
  /// The file is not an evaluation.
  case noEvaluation(path: String)
  /// A row of a one-hot table that has no class, or several.
  case notOneHot(path: String, row: Int, found: String)
  /// Soft targets or logits of row `row` belong to another image.
  case otherRow(targets: String, images: String, row: Int, expected: String, found: String)
  case otherShard(targets: String, images: String, expected: String, found: String)
  case missingShard(targets: String, images: String)
  case missingRow(logits: String, images: String, row: Int, origin: String)
  case repeatedRow(logits: String, first: Int, second: Int, origin: String)
  case notProbabilities(path: String, row: Int, sum: Double)
  case notFinite(path: String, what: String, row: Int)
  case wrongModel(path: String, reason: String)
  /// A specialist, where a net for all classes is needed.
  case specialist(path: String, classes: String)
  /// The channels may be the first or the last axis.
  case ambiguousChannels(path: String, shape: String)
  /// Two sets, or a set and a model, with different class names.
  case otherClasses(path: String, like: String, reason: String)
  /// The same images in the training set and the validation set.
  case shared(first: String, second: String, row: String)
  case unknownInput(path: String, name: String)
  case notCalibrated(path: String, reason: String)
  case wrongSets(path: String, expected: String, found: String)
  case differs(path: String, tolerance: Double, found: Double)

  package var kind: FailureKind { .badData }

  package var description: String {
    switch self {
    case .mismatch(let path, let expected, let like, let found):
      "\(path): expected \(expected), found \(found)\(like.map { ", unlike \($0)" } ?? "")"
    case .countsDiffer(let images, let imageCount, let labels, let labelCount):
      "\(labels): expected \(imageCount) labels, as many as images in \(images), found \(labelCount); "
        + "give files that belong together"
    case .labelOutOfRange(let path, let row, let label, let classes):
      "\(path): label of row \(row): expected 0 to \(classes - 1), found \(label); "
        + "repair the labels or allow more classes"
    case .noExamples(let path, let what): "\(path): expected at least one \(what), found none"
    case .noLabels(let path):
      "\(path): expected images with labels, found none; give soft targets, or images with labels"
    case .someUnlabelled(let path, let count, let all):
      "\(path): expected labels from 0 on, found -1 for \(count) of \(all) images"
    case .noEvaluation(let path): "\(path): expected an evaluation (JSON), found something else"
    case .notOneHot(let path, let row, let found):
      "\(path): row \(row): expected one 1 and else 0 (one-hot), found \(found)"
    case .otherRow(let targets, let images, let row, let expected, let found):
      "\(targets): soft targets of other images: row \(row): expected \(expected) as in \(images), found \(found)"
    case .otherShard(let targets, let images, let expected, let found):
      "\(targets): soft targets of other images: made from a shard with SHA-256 \(expected.prefix(12)), "
        + "found \(found.prefix(12)) in \(images)"
    case .missingShard(let targets, let images): "\(targets): no soft targets for \(images)"
    case .missingRow(let logits, let images, let row, let origin):
      "\(logits): no logits for \(origin), row \(row) of \(images); compute them for every image"
    case .repeatedRow(let logits, let first, let second, let origin):
      "\(logits): rows \(first) and \(second) are both of \(origin); keep one row for each image"
    case .notProbabilities(let path, let row, let sum):
      "\(path): row \(row): expected probabilities that sum to 1, found a sum of \(sum)"
    case .notFinite(let path, let what, let row):
      "\(path): \(what) of row \(row): expected finite numbers, found NaN or infinity"
    case .wrongModel(let path, let reason): "\(path): \(reason)"
    case .specialist(let path, let classes):
      "\(path): expected a net of all classes, found a specialist of \(classes)"
    case .ambiguousChannels(let path, let shape):
      "\(path): expected channels that stand first or last for sure, found \(shape)"
    case .otherClasses(let path, let other, let reason): "\(path): other classes than \(other): \(reason)"
    case .shared(let first, let second, let row):
      "\(second): expected images apart from those of \(first), found \(row) in both; give another split"
    case .unknownInput(let path, let name):
      "\(path): expected a known location of its input \(name), found none; run its stage again where it lies"
    case .notCalibrated(let path, let reason): "\(path): \(reason)"
    case .wrongSets(let path, let expected, let found):
      "\(path): expected \(expected), found \(found)"
    case .differs(let path, let tolerance, let found):
      "\(path): expected what its teachers say within \(tolerance), found a difference of "
        + Format.significant(found)
    }
  }
}

import Datasets
import Evaluation
import Machine
import Networks
import Stage

/// The labelled images of a report, and helpers for models' predictions on them.
struct Judged {
  /// Largest number of images to run the models on; the page shows a few dozen of them.
  static let limit = 10_000

  let set: ImageSet
  let count: Int
  /// [count, pixels].
  let images: Features
  /// [count].
  let labels: [Int]
  /// [count].
  let origins: [RowOrigin]
  /// [classes], names or numbers.
  let names: [String]

  /// Reads the first images of a set's first copy, at most `limit`.
  ///
  /// - Parameter set: with labels.
  /// - Throws: as `ImageSet.read`; `StageError.interrupted`.
  init(_ set: ImageSet) throws {
    self.set = set
    var parts: [Features] = []
    var (labels, origins) = ([Int](), [RowOrigin]())
    for entry in set.copies[0] where labels.count < Self.limit {
      try Interruption.check()
      let shard = try set.read(entry)
      // Of the last shard as many as are still wanted.
      let taken = min(shard.count, Self.limit - labels.count)
      parts.append(shard.features.rows(0..<taken))
      labels += (shard.labels ?? []).prefix(taken).map { Int($0) }
      origins += (0..<taken).map { shard.origins[$0] }
    }
    images = Features(joining: parts, shape: set.shape, element: set.element)
    (self.labels, self.origins) = (labels, origins)
    count = labels.count
    names = set.labelMap.outputNames
  }

  /// The pixels of an image.
  subscript(row: Int) -> ArraySlice<UInt8> { images[row] }

  /// An image as HTML, with `words` as its alternative text; empty for features other than pixels.
  func picture(_ row: Int, _ words: String) -> String {
    images.isPixels ? Pictures.image(self[row], set.shape, alternative: words) : ""
  }

  /// An image as an address; nil for features that are no pixels.
  func address(_ row: Int) -> String? {
    images.isPixels ? Pictures.address(self[row], set.shape) : nil
  }

  /// Logits of a model, [count, classes]; nil for a model of other images or classes.
  ///
  /// - Throws: as `Model`; `InputError.notFinite`; `StageError.interrupted`.
  func logits(_ model: Findings.Model, threads: Int) throws -> [Float]? {
    guard let predictor = try set.judge(model) else { return nil }
    // Pieces of 500 images bound the memory for activations, and give each thread several pieces.
    let size = 500
    let chunks = (count + size - 1) / size
    return try Processors.map(below: chunks, threads: threads) { chunk in
      try Interruption.check()
      let rows = chunk * size..<min(count, (chunk + 1) * size)
      return try predictor.logits(images.rows(rows))
    }.flatMap { $0 }
  }

  /// The predicted class of a row of logits [count, classes].
  func prediction(_ logits: [Float], _ row: Int) -> Int {
    Evaluation.prediction(logits[row * set.classes..<(row + 1) * set.classes])
  }

  /// Class probabilities of a row of logits at a temperature, [classes].
  func probabilities(_ logits: [Float], _ row: Int, temperature: Double) -> [Double] {
    Temperature.softmax(
      Array(logits[row * set.classes..<(row + 1) * set.classes]), classes: set.classes,
      temperature: temperature
    ).map(Double.init)
  }
}

extension ImageSet {
  /// Reads a model; nil if it is for other images, for other classes or for classes in another order.
  ///
  /// - Throws: as `Model`.
  func judge(_ found: Findings.Model) throws -> Model? {
    let model = try Model(found.directory.path)
    do {
      try model.expect(inputs: shape.count, labels: labelMap, of: path)
      return model
    } catch is InputError {
      return nil
    }
  }
}

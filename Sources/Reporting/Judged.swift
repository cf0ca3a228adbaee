import Datasets
import Evaluation
import Networks
import Stage

/// Labelled images, and what some models say of them.
struct Judged {
  /// More are not looked at: the page shows a few dozen.
  static let limit = 10_000

  let set: ImageSet
  let count: Int
  /// [count, pixels].
  let images: Features
  /// [count].
  let labels: [Int]
  let origins: [RowOrigin]
  /// [classes].
  let names: [String]

  /// The first images of a set's first copy.
  ///
  /// - Parameter set: with labels.
  /// - Throws: as `ImageSet.read`.
  init(_ set: ImageSet) throws {
    self.set = set
    var images = Features([], shape: set.shape, element: set.element)
    var (labels, origins) = ([Int](), [RowOrigin]())
    for entry in set.copies[0] where labels.count < Self.limit {
      try Interruption.check()
      let shard = try set.read(entry)
      let taken = min(shard.count, Self.limit - labels.count)
      images.append(shard.features.rows(0..<taken))
      labels += (shard.labels ?? []).prefix(taken).map { Int($0) }
      origins += (0..<taken).map { shard.origins[$0] }
    }
    (self.images, self.labels, self.origins) = (images, labels, origins)
    count = labels.count
    names = set.labelMap.outputNames
  }

  /// The pixels of an image.
  subscript(row: Int) -> ArraySlice<UInt8> { images[row] }

  /// An image of the page.
  func picture(_ row: Int, _ words: String) -> String {
    Pictures.image(self[row], set.shape, alternative: words)
  }

  /// The logits of a model, [count, classes]; nil of one that is for other images or other classes.
  func logits(_ model: Findings.Model, threads: Int) throws -> [Float]? {
    guard let predictor = try set.judge(model) else { return nil }
    let size = 500
    let chunks = (count + size - 1) / size
    return try Processors.map(below: chunks, threads: threads) { chunk in
      try Interruption.check()
      let rows = chunk * size..<min(count, (chunk + 1) * size)
      return try predictor.logits(images.rows(rows))
    }.flatMap { $0 }
  }

  /// The class that a row of logits names.
  func prediction(_ logits: [Float], _ row: Int) -> Int {
    Evaluation.prediction(logits[row * set.classes..<(row + 1) * set.classes])
  }

  /// Class probabilities of a row at a temperature, [classes].
  func probabilities(_ logits: [Float], _ row: Int, temperature: Double) -> [Double] {
    Temperature.softmax(
      Array(logits[row * set.classes..<(row + 1) * set.classes]), classes: set.classes,
      temperature: temperature
    ).map(Double.init)
  }
}

extension ImageSet {
  /// A model that was found; nil of one that is for other images or other classes, or in another order.
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

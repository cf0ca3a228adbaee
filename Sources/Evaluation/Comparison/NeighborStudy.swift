import Datasets
import Networks
import Stage

/// Classifies images by the classes of their nearest neighbours, under each similarity that pixels and models offer.
package struct NeighborStudy {
  private let models: [Model]
  private let queries: ImageSet
  private let references: ImageSet
  private let counts: [Int]
  private let similarities: [Similarity]
  private let finders: [NearestNeighbors]

  /// - Parameters:
  ///   - models: models for images of this shape and these classes; empty to compare only pixels.
  ///   - queries: images to classify, with labels.
  ///   - references: images among which neighbours are searched, with labels.
  ///   - counts: numbers of neighbours that vote; at least one.
  ///   - temperature: temperature of the models' soft targets.
  /// - Throws: `InputError.noLabels`; as `Model.expect`.
  package init(
    _ models: [Model], of queries: ImageSet, among references: ImageSet, counts: [Int], temperature: Double
  ) throws {
    similarities = [.features] + models.flatMap { Similarity.all(of: $0, temperature: temperature) }
    finders = try similarities.map {
      try NearestNeighbors($0, among: references, count: counts.max() ?? 1)
    }
    // All models are checked before the search, which may take minutes for each.
    for model in models {
      try model.expect(inputs: queries.shape.count, labels: queries.labelMap, of: queries.path)
    }
    (self.models, self.queries, self.references, self.counts) = (models, queries, references, counts)
  }

  /// Number of image pairs to compare under all similarities.
  package var pairs: Int { finders.count * queries.examples * references.examples }

  /// Finds the neighbours of every image, classifies it by their majority, and counts the errors.
  ///
  /// - Parameters:
  ///   - threads: number of threads; does not affect the result.
  ///   - progress: advanced by the number of compared pairs.
  ///   - write: called with the neighbours as CSV lines, in order; nil if they are not written.
  /// - Returns: the errors.
  /// - Throws: as `NearestNeighbors.find`; errors of `write`.
  package func run(threads: Int, progress: ProgressMeter, write: ((_ lines: String) throws -> Void)?) throws
    -> NeighborReport
  {
    let measures = try zip(similarities, finders).map { similarity, finder in
      var errors = [Int](repeating: 0, count: counts.count)
      try finder.find(of: queries, threads: threads, progress: progress) { shard, neighbors in
        for (row, own) in neighbors.enumerated() {
          // One search serves all numbers of neighbours: a smaller number is a prefix of the largest.
          for (place, count) in counts.enumerated()
          where NearestNeighbors.vote(own.prefix(count)) != shard.labels?[row] { errors[place] += 1 }
        }
        try write?(NeighborRows.lines(similarity, shard, neighbors))
      }
      return NeighborReport.Measure(name: similarity.name, errors: errors)
    }
    return NeighborReport(
      examples: queries.examples, neighbors: counts, measures: measures, images: queries.directory.digest,
      among: references.directory.digest, models: models.map(\.source.digest))
  }
}

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
  ///   - models: of images of the same shape and classes; none to compare pixels alone.
  ///   - queries: with labels: images whose neighbours are wanted.
  ///   - references: with labels: of which the neighbours are.
  ///   - counts: at least one: numbers of neighbours that have a vote.
  ///   - temperature: of the models' soft targets.
  /// - Throws: `InputError.noLabels`; as `Model.expect`.
  package init(
    _ models: [Model], of queries: ImageSet, among references: ImageSet, counts: [Int], temperature: Double
  ) throws {
    similarities = [.features] + models.flatMap { Similarity.all(of: $0, temperature: temperature) }
    finders = try similarities.map {
      try NearestNeighbors($0, among: references, count: counts.max() ?? 1)
    }
    // Before the work: the first model may take minutes, and the last one be of other images.
    for model in models {
      try model.expect(inputs: queries.shape.count, labels: queries.labelMap, of: queries.path)
    }
    (self.models, self.queries, self.references, self.counts) = (models, queries, references, counts)
  }

  /// Pairs of images that are compared in all.
  package var pairs: Int { finders.count * queries.examples * references.examples }

  /// Finds the neighbours of every image, and counts the errors of the class that most of them have.
  ///
  /// - Parameters:
  ///   - threads: of which nothing in the result depends.
  ///   - progress: advanced by the pairs that were compared.
  ///   - write: takes the neighbours as lines of CSV, in order; nil where nobody wants them.
  /// - Returns: the errors.
  /// - Throws: as `NearestNeighbors.find`; what `write` throws.
  package func run(threads: Int, progress: ProgressMeter, write: ((_ lines: String) throws -> Void)?) throws
    -> NeighborReport
  {
    let measures = try zip(similarities, finders).map { similarity, finder in
      var errors = [Int](repeating: 0, count: counts.count)
      try finder.find(of: queries, threads: threads, progress: progress) { shard, neighbors in
        for (row, own) in neighbors.enumerated() {
          // One search serves all numbers of neighbours: the nearest k begin the nearest 10.
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

import CounterRandom
import Machine
import Stage

/// k-means with k-means++ for the first centres (Arthur & Vassilvitskii 2007) and moves of single points (Hartigan &
/// Wong 1979). Lloyd's rule alone stops too early when points are far from each other and from every centre, as columns
/// of a covariance matrix are.
package struct Clustering {
  /// [points]: cluster of each point; clusters are numbered by their first point.
  package let clusterOfPoint: [Int]
  /// Sum of squared distances of the points from their centres.
  package let inertia: Double

  /// The best of several starts.
  ///
  /// - Parameters:
  ///   - points: [points][coordinates], at least `count` points.
  ///   - count: number of clusters; none is empty.
  ///   - seed: of the first centres.
  ///   - starts: number of starts, at least 1.
  ///   - threads: number of starts at a time; does not change the result.
  /// - Returns: the clustering of least inertia.
  /// - Throws: `StageError.interrupted`.
  package static func best(of points: [[Double]], count: Int, seed: UInt64, starts: Int, threads: Int) throws
    -> Clustering
  {
    let random = CounterRandom(seed: seed, purpose: .clustering)
    let found = try Processors.map(below: starts, threads: threads) { start in
      Clustering(points, count: count, random, start: UInt32(truncatingIfNeeded: start))
    }
    // Ties go to the lowest start number, not to the first to finish.
    return found.dropFirst().reduce(found[0]) { $1.inertia < $0.inertia ? $1 : $0 }
  }

  private init(_ points: [[Double]], count: Int, _ random: CounterRandom, start: UInt32) {
    var draws: UInt32 = 0
    /// Uniform in 0..<1, 53 bits.
    func draw() -> Double {
      defer { draws += 1 }
      // Drawn by counter, (draw, start): a start depends neither on the thread that runs it nor on other starts.
      let words = random.words(draws, start)
      return Double(UInt64(words[0]) << 21 | UInt64(words[1]) >> 11) * 0x1p-53
    }
    var state = ClusterState(points, centres: Self.firstCentres(points, count: count, draw))
    state.refine()
    clusterOfPoint = state.numbered
    inertia = state.inertia
  }

  private static func firstCentres(_ points: [[Double]], count: Int, _ draw: () -> Double) -> [Int] {
    var chosen = [min(points.count - 1, Int(draw() * Double(points.count)))]
    var nearest = points.map { squaredDistance($0, points[chosen[0]]) }
    while chosen.count < count {
      let total = nearest.reduce(0, +)
      // k-means++: each point is drawn with a probability proportional to its squared distance from the nearest centre.
      var rest = draw() * total
      // Fallback if all remaining points coincide with centres: their distances are 0, and any will do.
      var next = points.indices.first { !chosen.contains($0) } ?? 0
      for (point, distance) in nearest.enumerated() where distance > 0 {
        next = point
        // If rounding leaves `rest` at 0 or above to the end, the last point with a distance is taken.
        rest -= distance
        if rest < 0 { break }
      }
      chosen.append(next)
      for point in points.indices {
        nearest[point] = min(nearest[point], squaredDistance(points[point], points[next]))
      }
      nearest[next] = 0
    }
    return chosen
  }
}

private func squaredDistance(_ one: [Double], _ other: [Double]) -> Double {
  var sum = 0.0
  for place in one.indices { sum += (one[place] - other[place]) * (one[place] - other[place]) }
  return sum
}

/// Points, their clusters and the clusters' means.
private struct ClusterState {
  private static let roundLimit = 1000

  let points: [[Double]]
  var clusterOfPoint: [Int]
  var sizes: [Int]
  var centres: [[Double]]

  init(_ points: [[Double]], centres chosen: [Int]) {
    self.points = points
    centres = chosen.map { points[$0] }
    sizes = [Int](repeating: 0, count: chosen.count)
    clusterOfPoint = points.map { _ in 0 }
    // Each chosen point keeps its own cluster: among equal points, `nearest` would leave some cluster empty.
    let own = Dictionary(chosen.enumerated().map { ($1, $0) }) { first, _ in first }
    for point in points.indices { clusterOfPoint[point] = own[point] ?? nearest(points[point]) }
    for cluster in clusterOfPoint { sizes[cluster] += 1 }
    centres = means
  }

  private func nearest(_ point: [Double]) -> Int {
    centres.indices.min { squaredDistance(point, centres[$0]) < squaredDistance(point, centres[$1]) } ?? 0
  }

  private var means: [[Double]] {
    var sums = centres.map { $0.map { _ in 0.0 } }
    for (point, cluster) in zip(points, clusterOfPoint) {
      for place in point.indices { sums[cluster][place] += point[place] }
    }
    return zip(sums, sizes).map { sum, size in sum.map { $0 / Double(size) } }
  }

  /// Moves single points while that lowers the inertia; each move updates two means. A cluster of one point keeps it.
  mutating func refine() {
    for _ in 0..<Self.roundLimit {
      var moved = false
      for point in points.indices where sizes[clusterOfPoint[point]] > 1 {
        let own = clusterOfPoint[point]
        // Removing a point at distance d from the mean of n points lowers the inertia by n / (n - 1) d²; adding one
        // raises it by n / (n + 1) d².
        let leaving =
          Double(sizes[own]) / Double(sizes[own] - 1) * squaredDistance(points[point], centres[own])
        // A gain within rounding does not count, or a point between two clusters could move back and forth.
        var (best, least) = (own, leaving * (1 - 1e-12))
        for other in centres.indices where other != own {
          let joining =
            Double(sizes[other]) / Double(sizes[other] + 1) * squaredDistance(points[point], centres[other])
          if joining < least { (best, least) = (other, joining) }
        }
        guard best != own else { continue }
        move(point, to: best)
        moved = true
      }
      guard moved else { break }
    }
    // Recomputed, to drop the rounding errors of the moves.
    centres = means
  }

  private mutating func move(_ point: Int, to other: Int) {
    let own = clusterOfPoint[point]
    let (less, more) = (Double(sizes[own]), Double(sizes[other]))
    for place in points[point].indices {
      let value = points[point][place]
      // Means without and with the value: m - (x - m) / (n - 1) and m + (x - m) / (n + 1).
      centres[own][place] += (centres[own][place] - value) / (less - 1)
      centres[other][place] += (value - centres[other][place]) / (more + 1)
    }
    sizes[own] -= 1
    sizes[other] += 1
    clusterOfPoint[point] = other
  }

  /// Sum of squared distances of the points from their centres.
  var inertia: Double {
    zip(points, clusterOfPoint).reduce(0) { $0 + squaredDistance($1.0, centres[$1.1]) }
  }

  /// [points], clusters numbered by their first point: equal clusterings from different starts are equal arrays.
  var numbered: [Int] {
    var numbers: [Int: Int] = [:]
    return clusterOfPoint.map { cluster in
      let number = numbers[cluster] ?? numbers.count
      numbers[cluster] = number
      return number
    }
  }
}

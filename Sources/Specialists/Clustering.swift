import CounterRandom
import Stage

/// k-means, with k-means++ for the first centres (Arthur & Vassilvitskii 2007), and points moved one by one at the end
/// (Hartigan & Wong 1979): Lloyd's rule alone stays where points lie far from each other and from every centre, as
/// columns of a covariance matrix do.
package struct Clustering {
  /// [points]: the cluster of each; clusters are numbered by their first point.
  package let clusterOfPoint: [Int]
  /// Sum of squared distances of the points from their centres.
  package let inertia: Double

  /// The best of several starts.
  ///
  /// - Parameters:
  ///   - points: of one length, at least `count`.
  ///   - count: of clusters, none of which is empty.
  ///   - seed: makes the first centres repeatable.
  ///   - starts: at least 1.
  ///   - threads: at most as many starts at once.
  /// - Returns: that of the least inertia.
  /// - Throws: `StageError.interrupted`.
  package static func best(of points: [[Double]], count: Int, seed: UInt64, starts: Int, threads: Int) throws
    -> Clustering
  {
    let random = CounterRandom(seed: seed, purpose: .clustering)
    let found = try Processors.map(below: starts, threads: threads) { start in
      Clustering(points, count: count, random, start: UInt32(truncatingIfNeeded: start))
    }
    // Of equals the first start, whoever was first to end.
    return found.dropFirst().reduce(found[0]) { $1.inertia < $0.inertia ? $1 : $0 }
  }

  private init(_ points: [[Double]], count: Int, _ random: CounterRandom, start: UInt32) {
    var draws: UInt32 = 0
    /// Uniform below 1.
    func draw() -> Double {
      defer { draws += 1 }
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
      var rest = draw() * total
      // Where all points that are left lie on a centre, any will do.
      var next = points.indices.first { !chosen.contains($0) } ?? 0
      for (point, distance) in nearest.enumerated() where distance > 0 {
        next = point
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

/// Points, and where they belong so far.
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
    // The chosen stay with themselves, so that no cluster is empty where points are equal.
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

  /// Moves single points as long as that makes the sum of squares less; each move changes two means.
  mutating func refine() {
    for _ in 0..<Self.roundLimit {
      var moved = false
      for point in points.indices where sizes[clusterOfPoint[point]] > 1 {
        let own = clusterOfPoint[point]
        // A cluster of n points loses n / (n - 1) d² with a point, and gains n / (n + 1) d² with one.
        let leaving =
          Double(sizes[own]) / Double(sizes[own] - 1) * squaredDistance(points[point], centres[own])
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
    // Free of what the moves have rounded.
    centres = means
  }

  private mutating func move(_ point: Int, to other: Int) {
    let own = clusterOfPoint[point]
    let (less, more) = (Double(sizes[own]), Double(sizes[other]))
    for place in points[point].indices {
      let value = points[point][place]
      centres[own][place] += (centres[own][place] - value) / (less - 1)
      centres[other][place] += (value - centres[other][place]) / (more + 1)
    }
    sizes[own] -= 1
    sizes[other] += 1
    clusterOfPoint[point] = other
  }

  /// Of all points.
  var inertia: Double {
    zip(points, clusterOfPoint).reduce(0) { $0 + squaredDistance($1.0, centres[$1.1]) }
  }

  /// [points], clusters numbered by their first point: the numbers then tell nothing of the start.
  var numbered: [Int] {
    var numbers: [Int: Int] = [:]
    return clusterOfPoint.map { cluster in
      let number = numbers[cluster] ?? numbers.count
      numbers[cluster] = number
      return number
    }
  }
}

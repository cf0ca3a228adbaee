/// Squared Euclidean distances to a fixed set of points.
///
/// Uses a net without hidden layers whose output for a query q and a point r is q·r - |r|² / 2. Then |q - r|² = |q|²
/// - 2 (q·r - |r|² / 2), so the largest output belongs to the nearest point.
package struct PointSet: Sendable {
  private let network: Network

  /// - Parameters:
  ///   - points: [count, coordinates].
  ///   - count: number of points, at least 1.
  package init(_ points: [Float], count: Int) {
    let width = points.count / count
    network = Network(Architecture(sizes: [width, count]))
    network.parameters.set(
      network.architecture.layers[0], weights: points,
      biases: (0..<count).map { row in
        -points[row * width..<(row + 1) * width].reduce(0) { $0 + $1 * $1 } / 2
      })
  }

  /// Computes all pairs in O(queries · points · coordinates).
  ///
  /// - Parameter points: [queries, coordinates].
  /// - Returns: [queries, count], squared Euclidean distances. Rounding can make one slightly negative.
  package func squaredDistances(from points: [Float]) -> [Float] {
    let (width, count) = (network.architecture.inputs, network.architecture.classes)
    var distances = network.outputs(of: points)
    for other in 0..<points.count / width {
      let norm = points[other * width..<(other + 1) * width].reduce(0) { $0 + $1 * $1 }
      for place in other * count..<(other + 1) * count { distances[place] = norm - 2 * distances[place] }
    }
    return distances
  }
}

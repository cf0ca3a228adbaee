/// Points, and how far others are from them.
///
/// By a net without hidden layers whose output for a point q is q·r - |r|² / 2, largest for the nearest r: the squared
/// distance is |q|² minus twice that.
package struct PointSet: Sendable {
  private let network: Network

  /// - Parameters:
  ///   - points: [count, coordinates].
  ///   - count: at least 1.
  package init(_ points: [Float], count: Int) {
    let width = points.count / count
    network = Network(Architecture(sizes: [width, count]))
    network.parameters.set(
      network.architecture.layers[0], weights: points,
      biases: (0..<count).map { row in
        -points[row * width..<(row + 1) * width].reduce(0) { $0 + $1 * $1 } / 2
      })
  }

  /// - Parameter points: [others, coordinates].
  /// - Returns: [others, count], squared Euclidean distances; rounding may make one less than 0.
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

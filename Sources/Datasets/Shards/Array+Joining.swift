extension Array {
  /// Concatenates arrays. The capacity is reserved once: a growing array is copied repeatedly, and ends with up to
  /// twice the memory it needs.
  package init(joining arrays: [[Element]]) {
    self.init()
    reserveCapacity(arrays.reduce(0) { $0 + $1.count })
    for array in arrays { self += array }
  }
}

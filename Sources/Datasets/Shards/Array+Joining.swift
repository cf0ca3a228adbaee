extension Array {
  /// The elements of several arrays one behind the other. Room is made once for all: an array that grows is copied again
  /// and again, and ends with up to twice the memory that it needs.
  package init(joining arrays: [[Element]]) {
    self.init()
    reserveCapacity(arrays.reduce(0) { $0 + $1.count })
    for array in arrays { self += array }
  }
}

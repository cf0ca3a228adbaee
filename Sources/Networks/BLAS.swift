import CBLAS

/// Matrix products by the system's BLAS, each call on the calling thread alone: the threads of a step are
/// ours, so that the pieces of work, and with them the rounding, do not depend on their number.
enum BLAS {
  /// Tells the library once to use no threads of its own.
  static let ready: Void = {
    #if !os(macOS)
      openblas_set_num_threads(1)
    #endif
  }()

  /// A matrix as it lies in memory, row-major.
  struct Operand {
    let base: UnsafePointer<Float>
    /// Distance of rows.
    let stride: Int
    let isTransposed: Bool

    init(_ base: UnsafePointer<Float>, stride: Int, transposed: Bool = false) {
      self.base = base
      self.stride = stride
      isTransposed = transposed
    }
  }

  /// C = alpha op(A) op(B) + beta C, row-major: op(A) is [m, k], op(B) [k, n], C [m, n].
  static func multiply(
    m: Int, n: Int, k: Int, alpha: Float = 1,
    _ a: Operand, _ b: Operand, beta: Float = 0, into c: UnsafeMutablePointer<Float>, stride strideC: Int
  ) {
    ready
    cblas_sgemm(
      CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans, b.isTransposed ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), alpha, a.base, blasint(a.stride), b.base, blasint(b.stride), beta,
      c, blasint(strideC))
  }
}
